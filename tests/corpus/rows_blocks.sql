-- DO blocks: their statements count, those under a guard as if the guard were right.
-- given
CREATE TABLE account (id int PRIMARY KEY, note text);
CREATE TABLE other (id int PRIMARY KEY);
INSERT INTO account VALUES (1, 'x'), (2, NULL);
-- script
DO $$ BEGIN END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_tables WHERE tablename = 'fresh') THEN CREATE TABLE fresh (a int); END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_tables WHERE tablename = 'fresh') THEN CREATE TABLE fresh (a int); END IF; END $$;
DO $$ BEGIN CREATE TABLE fresh (b int); EXCEPTION WHEN duplicate_table THEN NULL; END $$;
DO $$ BEGIN ALTER TABLE account ADD COLUMN a int, ALTER COLUMN note SET NOT NULL; EXCEPTION WHEN duplicate_column OR not_null_violation THEN UPDATE account SET note = '' WHERE note IS NULL; ALTER TABLE account ADD COLUMN a int, ALTER COLUMN note SET NOT NULL; END $$;
DO LANGUAGE plpgsql $$ DECLARE n int; BEGIN SELECT count(*) INTO n FROM account; IF n > 0 THEN UPDATE account SET note = 'n' || n; ELSE RAISE NOTICE 'none of %', n; END IF; END $$;
DO $$ DECLARE r record; BEGIN FOR r IN SELECT id FROM account LOOP UPDATE account SET a = r.id WHERE id = r.id; END LOOP; END $$;
DO $$ BEGIN EXECUTE 'ALTER TABLE account ADD COLUMN ' || 'b int'; EXECUTE 'CREATE INDEX on_b ON account (b)'; END $$;
DO $$ BEGIN ALTER TABLE account DROP COLUMN b; CREATE TABLE made (id int); ALTER TABLE made ADD COLUMN b int; ALTER TABLE made DROP COLUMN id; END $$;
DO $$ BEGIN CREATE INDEX CONCURRENTLY i ON account (note); END $$;
BEGIN;
DO $$ BEGIN COMMIT; END $$;
DO $$ BEGIN FOR i IN 1 .. 3 LOOP INSERT INTO other VALUES (i); END LOOP; END $$;
COMMIT;
