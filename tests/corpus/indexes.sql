-- Plain, unique, of expressions, partial, with more columns; and the names that PostgreSQL gives.
-- given
CREATE TABLE account (id int PRIMARY KEY, email text, a int, b int, doc jsonb);
-- script
CREATE INDEX account_email ON account (email);
CREATE UNIQUE INDEX ON account (email);
CREATE INDEX ON account (email);
CREATE INDEX ON account (a, b DESC NULLS LAST);
CREATE INDEX ON account USING hash (a);
CREATE INDEX account_lower ON account (lower(email));
CREATE INDEX account_partial ON account (a) WHERE b > 0 AND email IS NOT NULL;
CREATE INDEX account_include ON account (a) INCLUDE (b, email);
CREATE INDEX account_doc ON account USING gin (doc jsonb_path_ops);
CREATE INDEX account_mixed ON account ((a + b), email text_pattern_ops);
CREATE INDEX CONCURRENTLY account_later ON account (b);
CREATE UNIQUE INDEX CONCURRENTLY ON account (a, b);
DROP INDEX account_email;
DROP INDEX CONCURRENTLY account_later;
DROP INDEX account_lower, account_partial;
