-- A table takes its foreign keys with it, and with CASCADE those that point to it.
-- given
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE middle (id int PRIMARY KEY, parent_id int REFERENCES parent);
CREATE TABLE child (id int PRIMARY KEY, middle_id int REFERENCES middle, parent_id int REFERENCES parent);
CREATE TABLE alone (id int PRIMARY KEY, alone_id int REFERENCES alone);
CREATE INDEX alone_again ON alone (alone_id);
-- script
DROP TABLE alone;
DROP TABLE middle CASCADE;
DROP TABLE child;
DROP TABLE parent;
