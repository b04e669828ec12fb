-- Stored columns are computed for each row; what they are made of takes them along.
-- given
CREATE TABLE account (id int PRIMARY KEY, price numeric(10, 2), amount int, note text);
-- script
ALTER TABLE account ADD COLUMN total numeric GENERATED ALWAYS AS (price * amount) STORED;
ALTER TABLE account ADD COLUMN long boolean GENERATED ALWAYS AS (length(note) > 100) STORED NOT NULL;
CREATE INDEX account_total ON account (total);
ALTER TABLE account ALTER COLUMN total TYPE numeric(20, 2);
ALTER TABLE account ALTER COLUMN total SET NOT NULL;
ALTER TABLE account RENAME COLUMN note TO remark;
ALTER TABLE account DROP COLUMN remark CASCADE;
ALTER TABLE account DROP COLUMN amount CASCADE;
