-- Several tables in one statement.
-- given
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a);
CREATE TABLE c (id int PRIMARY KEY);
-- script
DROP TABLE b, a;
DROP TABLE IF EXISTS c, d;
