-- With CASCADE the foreign keys go that rest on it.
-- given
CREATE TABLE other (id int PRIMARY KEY, code text UNIQUE);
CREATE TABLE account (id int PRIMARY KEY, other_id int REFERENCES other, code text REFERENCES other (code));
-- script
ALTER TABLE other DROP CONSTRAINT other_pkey CASCADE;
ALTER TABLE other DROP CONSTRAINT other_code_key CASCADE;
