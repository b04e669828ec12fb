-- Unique constraints and primary keys, built and taken over from an index.
-- given
CREATE TABLE account (id int, email text, a int, b int, c int NOT NULL);
-- script
ALTER TABLE account ADD UNIQUE (email);
ALTER TABLE account ADD UNIQUE (a, b);
ALTER TABLE account ADD CONSTRAINT b_unique UNIQUE (b);
ALTER TABLE account ADD PRIMARY KEY (id);
ALTER TABLE account DROP CONSTRAINT account_pkey;
ALTER TABLE account ADD CONSTRAINT key PRIMARY KEY (id, c);
ALTER TABLE account DROP CONSTRAINT key;
CREATE UNIQUE INDEX CONCURRENTLY account_c ON account (c);
ALTER TABLE account ADD CONSTRAINT c_unique UNIQUE USING INDEX account_c;
CREATE UNIQUE INDEX account_a_again ON account (a);
ALTER TABLE account ADD CONSTRAINT a_key PRIMARY KEY USING INDEX account_a_again;
ALTER TABLE account DROP CONSTRAINT a_key;
CREATE UNIQUE INDEX account_c_again ON account (c);
ALTER TABLE account ADD PRIMARY KEY USING INDEX account_c_again;
ALTER TABLE account DROP CONSTRAINT account_email_key, DROP CONSTRAINT b_unique;
