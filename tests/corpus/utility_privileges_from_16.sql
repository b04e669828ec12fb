-- Options of memberships other than ADMIN are there since 16.
-- from 16, before it 42601
-- given
CREATE TABLE account (id int PRIMARY KEY);
-- script
GRANT pg_monitor TO pg_read_all_data WITH INHERIT FALSE, SET FALSE;
REVOKE SET OPTION FOR pg_monitor FROM pg_read_all_data;
REVOKE pg_monitor FROM pg_read_all_data;
