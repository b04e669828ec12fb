-- MAINTAIN is there since 17.
-- from 17, before it 42601
-- given
CREATE TABLE account (id int PRIMARY KEY);
-- script
GRANT MAINTAIN ON account TO PUBLIC;
REVOKE MAINTAIN ON account FROM PUBLIC;
