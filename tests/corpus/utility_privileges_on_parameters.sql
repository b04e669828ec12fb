-- Privileges on parameters are there since 15.
-- from 15, before it 42601
-- given
CREATE TABLE account (id int PRIMARY KEY);
-- script
GRANT SET, ALTER SYSTEM ON PARAMETER work_mem TO pg_monitor;
REVOKE ALL ON PARAMETER work_mem FROM pg_monitor;
