-- USING which says what would happen anyway, and USING which says more.
-- given
CREATE TABLE account (id int PRIMARY KEY, a varchar(20), b varchar(20), c text, d varchar(20), e int, f varchar);
-- script
ALTER TABLE account ALTER COLUMN a TYPE varchar(40) USING a::varchar(40);
ALTER TABLE account ALTER COLUMN b TYPE text USING CAST(b AS text);
ALTER TABLE account ALTER COLUMN c TYPE text USING trim(c);
ALTER TABLE account ALTER COLUMN d TYPE text USING d;
ALTER TABLE account ALTER COLUMN e TYPE text USING e::text;
ALTER TABLE account ALTER COLUMN f TYPE jsonb USING f::jsonb;
