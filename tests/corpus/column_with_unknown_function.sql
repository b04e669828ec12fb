-- A function of one's own may be volatile.
-- given
CREATE TABLE account (id int PRIMARY KEY);
CREATE FUNCTION fixed() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION moving() RETURNS int LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN 1; END';
-- script
ALTER TABLE account ADD COLUMN a int DEFAULT moving();
-- Which functions of one's own are volatile is not kept: the rewrite is said to hang on that.
ALTER TABLE account ADD COLUMN b int DEFAULT fixed();
