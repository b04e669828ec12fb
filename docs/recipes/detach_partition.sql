-- Detach a partition
--
-- Its rows are gone from the whole, which running code may miss. CONCURRENTLY lets queries on the whole go on; where it
-- was interrupted, or would have made somebody wait, the second step ends what it began: FINALIZE. (A written migration
-- that was interrupted there is refused when it is run again: run what ends it by hand.) The server knows no
-- CONCURRENTLY beside a default partition: there, and where foreign keys point to the whole, the plain DETACH locks it
-- for a moment.

-- before
CREATE TABLE visit (day date NOT NULL, page text) PARTITION BY RANGE (day);
CREATE TABLE visit_2026 PARTITION OF visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

-- migration
ALTER TABLE visit DETACH PARTITION visit_2026;
