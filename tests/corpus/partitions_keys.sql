-- Keys of a partitioned table, built partition by partition.
-- given
CREATE TABLE event (id bigint NOT NULL, day date NOT NULL, payload jsonb) PARTITION BY RANGE (day);
CREATE TABLE event_a PARTITION OF event FOR VALUES FROM ('2026-10-01') TO ('2026-11-01');
CREATE TABLE event_b PARTITION OF event FOR VALUES FROM ('2026-11-01') TO ('2026-12-01');
-- script
CREATE INDEX event_id ON ONLY event (id);
CREATE INDEX CONCURRENTLY event_a_id ON event_a (id);
ALTER INDEX event_id ATTACH PARTITION event_a_id;
CREATE INDEX CONCURRENTLY event_b_id ON event_b (id);
ALTER INDEX event_id ATTACH PARTITION event_b_id;
ALTER TABLE ONLY event ADD CONSTRAINT event_key UNIQUE (id, day);
CREATE UNIQUE INDEX CONCURRENTLY event_a_key ON event_a (id, day);
ALTER INDEX event_key ATTACH PARTITION event_a_key;
ALTER TABLE event_a ADD CONSTRAINT event_a_key UNIQUE USING INDEX event_a_key;
ALTER INDEX event_key ATTACH PARTITION event_a_key;
CREATE UNIQUE INDEX CONCURRENTLY event_b_key ON event_b (id, day);
ALTER TABLE event_b ADD CONSTRAINT event_b_key UNIQUE USING INDEX event_b_key;
ALTER INDEX event_key ATTACH PARTITION event_b_key;
ALTER TABLE event DROP CONSTRAINT event_key;
ALTER TABLE ONLY event ADD PRIMARY KEY (id, day);
CREATE UNIQUE INDEX CONCURRENTLY event_a_pkey ON event_a (id, day);
ALTER TABLE event_a ADD CONSTRAINT event_a_pkey PRIMARY KEY USING INDEX event_a_pkey;
ALTER INDEX event_pkey ATTACH PARTITION event_a_pkey;
CREATE UNIQUE INDEX CONCURRENTLY event_b_pkey ON event_b (id, day);
ALTER TABLE event_b ADD CONSTRAINT event_b_pkey PRIMARY KEY USING INDEX event_b_pkey;
ALTER INDEX event_pkey ATTACH PARTITION event_b_pkey;
DROP INDEX event_id;
DROP TABLE event;
