-- The names that PostgreSQL makes out of expressions and INCLUDE.
-- given
CREATE TABLE account (id int PRIMARY KEY, email text, a int, b int);
-- script
CREATE INDEX ON account (lower(email));
CREATE INDEX ON account ((a + b));
CREATE INDEX ON account ((a + b), (a - b));
CREATE INDEX ON account (a) INCLUDE (b);
CREATE INDEX ON account (lower(email), upper(email), lower(email));
