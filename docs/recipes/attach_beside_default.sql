-- Attach a partition beside a default one
--
-- What the partition lacks of the whole, indexes and keys, is built while it is in use; and a CHECK of the default
-- partition is validated, so that ATTACH need not read that one, either.

-- before
CREATE TABLE visit (day date NOT NULL, page text) PARTITION BY RANGE (day);
CREATE INDEX visit_page ON visit (page);
CREATE TABLE visit_rest PARTITION OF visit DEFAULT;
CREATE TABLE visit_2026 (day date NOT NULL, page text);

-- migration
ALTER TABLE visit ATTACH PARTITION visit_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
