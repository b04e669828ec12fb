-- Move a column to a table that is in use
--
-- Rows that belong together say the same until the contract, whichever version of the code writes to which table.
-- A new row of the other table gets what the old column says, unless code gives it something.

-- before
CREATE TABLE customer (id bigint PRIMARY KEY, phone text);
CREATE TABLE contact (customer_id bigint PRIMARY KEY REFERENCES customer (id), mail text);

-- migration
ALTER TABLE contact ADD COLUMN phone text;
UPDATE contact SET phone = c.phone FROM customer AS c WHERE c.id = contact.customer_id;
ALTER TABLE customer DROP COLUMN phone;
