-- Detach a partition
--
-- Its rows are gone from the whole, which running code may miss.

-- before
CREATE TABLE visit (day date NOT NULL, page text) PARTITION BY RANGE (day);
CREATE TABLE visit_2026 PARTITION OF visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

-- migration
ALTER TABLE visit DETACH PARTITION visit_2026;
