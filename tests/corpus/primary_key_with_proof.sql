-- A valid CHECK spares the reading, not the building.
-- given
CREATE TABLE account (id int, a int, CONSTRAINT id_given CHECK (id IS NOT NULL));
CREATE TABLE visit (id int CHECK (id IS NOT NULL));
CREATE UNIQUE INDEX account_id ON account (id);
-- script
ALTER TABLE account ADD CONSTRAINT account_pkey PRIMARY KEY USING INDEX account_id;
ALTER TABLE visit ADD PRIMARY KEY (id);
