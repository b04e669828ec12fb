-- Make a column of a partitioned table's primary key bigint
--
-- A second column is kept in step and filled, and on each partition the key's index is built on it. Then, in one
-- transaction, the new column takes the place of the first, each partition has its key USING INDEX, and the whole takes
-- these over: nothing is read. A partition that comes meanwhile has no such index; its key is built in that
-- transaction, which is tried again where that takes too long. A column of the partition key has no other type on any
-- server: fill a new table.

-- before
CREATE TABLE event (id int, day date, kind text NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE event_2025 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE event_rest PARTITION OF event DEFAULT;

-- migration
ALTER TABLE event ALTER COLUMN id TYPE bigint;
