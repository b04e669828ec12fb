-- A column is given two values, or two of its elements are given one each.
-- given
CREATE TYPE place AS (city text, street text);
CREATE TABLE account (id bigint PRIMARY KEY, email text, phones text[], home place);
-- script
UPDATE account SET email = 'a', email = 'b';
UPDATE account SET (id, email) = (1, 'a'), email = 'b';
UPDATE account SET phones[1] = '1', phones[2] = '2';
UPDATE account SET phones = '{}', phones[2] = '2';
UPDATE account SET home.city = 'a', home.street = 'b';
INSERT INTO account (id, email, email) VALUES (1, 'a', 'b');
INSERT INTO account (id, home.city, home.street) VALUES (1, 'a', 'b');
INSERT INTO account (id, home, home.street) VALUES (2, NULL, 'b');
INSERT INTO account (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET email = 'a', email = 'b';
INSERT INTO account (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET email = 'a', phones = '{}';
