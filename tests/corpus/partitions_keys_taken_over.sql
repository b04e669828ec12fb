-- A key of a partitioned table takes over the keys over the same columns that its partitions have already.

-- given
CREATE TABLE event (id bigint NOT NULL, day date NOT NULL, kind text NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE event_a PARTITION OF event FOR VALUES FROM ('2026-10-01') TO ('2026-11-01');
CREATE TABLE event_b PARTITION OF event FOR VALUES FROM ('2026-11-01') TO ('2026-12-01') PARTITION BY LIST (kind);
CREATE TABLE event_b_x PARTITION OF event_b FOR VALUES IN ('x');
CREATE TABLE event_b_rest PARTITION OF event_b DEFAULT;
CREATE UNIQUE INDEX of_a ON event_a (id, day, kind);
CREATE UNIQUE INDEX of_b_x ON event_b_x (id, day, kind);
ALTER TABLE event_b_rest ADD CONSTRAINT other_pkey PRIMARY KEY (id, day, kind);
CREATE UNIQUE INDEX once_a ON event_a (kind, id, day);
ALTER TABLE event_b_x ADD CONSTRAINT once_b_x UNIQUE (kind, id, day);
ALTER TABLE event_b_rest ADD CONSTRAINT once_b_rest UNIQUE (id, kind, day);
INSERT INTO event SELECT n, date '2026-10-01' + n, 'x' FROM generate_series(1, 40) n;

-- script
ALTER TABLE event_a ADD CONSTRAINT a_pkey PRIMARY KEY USING INDEX of_a;
ALTER TABLE event_b_x ADD CONSTRAINT event_b_x_pkey PRIMARY KEY USING INDEX of_b_x;
ALTER TABLE event ADD PRIMARY KEY (id, day, kind);
ALTER TABLE event ADD CONSTRAINT once UNIQUE (kind, id, day);
ALTER TABLE event DROP CONSTRAINT event_pkey;
ALTER TABLE event_a ADD PRIMARY KEY (id, day, kind);
BEGIN;
ALTER TABLE event ADD CONSTRAINT again PRIMARY KEY (id, day, kind);
COMMIT;
