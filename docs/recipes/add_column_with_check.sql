-- Add a column with conditions
--
-- As one statement this reads the whole table while nobody may use it. In steps the column comes without them; when no
-- old code runs any more, each is added without looking at the rows, and then validated while others read and write.

-- before
CREATE TABLE currency (code text PRIMARY KEY);
CREATE TABLE sale (id bigint PRIMARY KEY);

-- migration
ALTER TABLE sale ADD COLUMN pieces int NOT NULL DEFAULT 1 CHECK (pieces > 0);
ALTER TABLE sale ADD COLUMN paid_in text DEFAULT 'EUR' REFERENCES currency;
