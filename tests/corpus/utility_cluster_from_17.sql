-- CLUSTER of everything, with an option.
-- from 17, before it 42601
-- given
CREATE TABLE account (id int PRIMARY KEY, email text);
-- script
-- more is said than seen: only tables that have been clustered before are clustered again
CLUSTER (VERBOSE);
