-- Functions that the history made and a statement calls: what their bodies do counts for the statement.

-- given
CREATE TABLE account (id bigint PRIMARY KEY, email text, n int);
CREATE TABLE visit (id bigint PRIMARY KEY, account bigint);
CREATE TABLE total (n bigint);
CREATE SCHEMA app;
CREATE TABLE app.account (id bigint, note text);
INSERT INTO account VALUES (1, 'a@b', 1), (2, 'c@d', 2);
INSERT INTO visit VALUES (1, 1);
INSERT INTO app.account VALUES (1, 'x');
CREATE FUNCTION plus_one(n int) RETURNS int LANGUAGE sql AS 'SELECT n + 1';
CREATE FUNCTION plus_two(n int) RETURNS int LANGUAGE plpgsql AS $$ DECLARE m int := 2; BEGIN RETURN n + m; END $$;
CREATE FUNCTION half(int) RETURNS int LANGUAGE sql RETURN $1 / 2;
CREATE FUNCTION fill(given int, other int DEFAULT 3) RETURNS void LANGUAGE sql
    AS 'UPDATE account SET n = $1 WHERE n > other; INSERT INTO total SELECT count(*) FROM visit';
CREATE FUNCTION settled() RETURNS bigint LANGUAGE sql
    BEGIN ATOMIC DELETE FROM visit; SELECT count(*) FROM total; END;
CREATE FUNCTION counted() RETURNS bigint LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN (SELECT count(*) FROM account);
END $$;
CREATE FUNCTION all_of() RETURNS SETOF account LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT * FROM account;
    RETURN QUERY EXECUTE 'SELECT a.* FROM account a JOIN visit v ON v.account = a.id WHERE a.id > $1' USING 1;
    RETURN;
END $$;
CREATE FUNCTION each_of() RETURNS SETOF bigint LANGUAGE plpgsql AS $$
DECLARE
    one record;
    mine CURSOR (least bigint) FOR SELECT * FROM total WHERE n > least;
    another refcursor;
BEGIN
    FOR one IN SELECT id FROM account ORDER BY id LOOP
        RETURN NEXT one.id;
    END LOOP;
    FOR one IN mine(least := 1) LOOP
        RETURN NEXT one.n;
    END LOOP;
    OPEN another FOR SELECT * FROM visit;
    FETCH another INTO one;
    CLOSE another;
    OPEN mine(2);
    MOVE mine;
    CLOSE mine;
END $$;
CREATE FUNCTION down(n int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    IF n > 0 THEN
        UPDATE total SET n = 1;
        RETURN down(n - 1);
    END IF;
    RETURN 0;
END $$;
CREATE FUNCTION outer_one() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM fill(1); END $$;
CREATE FUNCTION shaped() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    CREATE TABLE IF NOT EXISTS made (id bigint);
    ALTER TABLE account ADD COLUMN age int;
    INSERT INTO made SELECT id FROM account;
END $$;
CREATE FUNCTION in_app() RETURNS void LANGUAGE sql SET search_path = app AS 'UPDATE account SET note = note';
CREATE FUNCTION without_path() RETURNS void LANGUAGE sql AS 'DELETE FROM account WHERE id > 100';
CREATE FUNCTION via_app() RETURNS void LANGUAGE plpgsql SET search_path = app, public
    AS $$ BEGIN PERFORM public.without_path(); PERFORM counted(); END $$;
CREATE FUNCTION named(a bigint) RETURNS void LANGUAGE sql AS 'DELETE FROM visit WHERE id = a';
CREATE FUNCTION named(a text, b text) RETURNS void LANGUAGE sql AS 'DELETE FROM total';
CREATE FUNCTION many(VARIADIC given int[]) RETURNS void LANGUAGE sql AS 'DELETE FROM total';
CREATE PROCEDURE clean(most bigint) LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM visit WHERE id > most;
    INSERT INTO total VALUES (most);
END $$;
CREATE PROCEDURE told(INOUT n bigint, OUT m bigint) LANGUAGE plpgsql
    AS $$ BEGIN SELECT count(*) INTO n FROM visit; m := 1; END $$;
-- script
SELECT plus_one(1);
SELECT plus_two(1) + half(4);
SELECT plus_one(n) FROM account;
SELECT fill(1);
SELECT fill(1, 2);
SELECT public.fill(given => 1, other => 2);
SELECT settled();
SELECT counted();
SELECT * FROM all_of();
SELECT count(*) FROM each_of() AS e (id) JOIN account USING (id);
SELECT down(2);
SELECT outer_one();
SELECT shaped();
SELECT in_app();
SELECT via_app();
SELECT named(1);
SELECT named('a', 'b');
SELECT many(1, 2, 3);
SELECT many(VARIADIC ARRAY[1]);
CALL clean(7);
CALL told(1, NULL);
UPDATE visit SET account = counted();
INSERT INTO account (id, n) SELECT 9, plus_one(n) FROM (SELECT down(1) AS n) AS s;
DELETE FROM account WHERE id = (SELECT settled());
WITH gone AS (DELETE FROM visit WHERE id = counted() RETURNING id) SELECT * FROM gone;
DO $$ BEGIN PERFORM fill(1); IF counted() > 0 THEN CALL clean(1); END IF; END $$;
EXPLAIN ANALYZE SELECT fill(1);
CREATE TABLE filled AS SELECT counted() AS n;
CREATE TABLE empty AS SELECT counted() AS n WITH NO DATA;
COPY (SELECT counted()) TO '/dev/null';
PREPARE p AS SELECT settled();
EXECUTE p;
SET search_path = app, public;
SELECT without_path();
SELECT in_app();
RESET search_path;
CREATE OR REPLACE FUNCTION without_path() RETURNS void LANGUAGE sql AS 'DELETE FROM visit';
SELECT without_path();
ALTER FUNCTION without_path() SET search_path = app;
ALTER FUNCTION without_path() RENAME TO renamed;
CREATE OR REPLACE FUNCTION renamed() RETURNS void LANGUAGE sql AS 'DELETE FROM account';
SELECT renamed();
ALTER FUNCTION renamed() SET search_path = app;
SELECT renamed();
ALTER FUNCTION renamed() RESET ALL;
SELECT renamed();
DROP FUNCTION named(text, text);
SELECT named(3);
