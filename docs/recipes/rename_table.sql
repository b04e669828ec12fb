-- Rename a table
--
-- New code gets a view of the new name; old code is not touched. When it is gone, view and table change places. What
-- a view cannot do, new code must not do until then; the plan says what that is.

-- before
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);

-- migration
ALTER TABLE orders RENAME TO purchase;
