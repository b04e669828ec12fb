-- Change a default
--
-- Over in a moment, but it changes what code means that leaves the column out.

-- before
CREATE TABLE orders (id bigint PRIMARY KEY, state text DEFAULT 'new');

-- migration
ALTER TABLE orders ALTER COLUMN state SET DEFAULT 'open';
