-- CLUSTER writes a table anew, in the order of an index, while nobody can use it.
-- given
CREATE TABLE account (id int PRIMARY KEY, email text);
CREATE INDEX account_email ON account (email);
CREATE TABLE visit (id int PRIMARY KEY);
-- script
CLUSTER account USING account_email;
CLUSTER VERBOSE account;
CLUSTER account_email ON account;
CLUSTER (VERBOSE) account USING account_pkey;
BEGIN;
CLUSTER account;
COMMIT;
-- more is said than seen: only tables that have been clustered before are clustered again
CLUSTER;
-- more is said than seen: only tables that have been clustered before are clustered again
CLUSTER VERBOSE;
BEGIN;
CLUSTER;
ROLLBACK;
CLUSTER account USING not_there;
CLUSTER account USING visit_pkey;
