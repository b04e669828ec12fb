-- A table that points to itself.
-- given
CREATE TABLE node (id int PRIMARY KEY, parent int REFERENCES node);
-- script
ALTER TABLE node RENAME COLUMN id TO number;
ALTER TABLE node RENAME TO knot;
ALTER TABLE knot DROP CONSTRAINT node_parent_fkey;
