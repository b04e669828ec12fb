-- How undo has left the release's tables: the fingerprint from which it may be begun anew.
ALTER TABLE schemaguard.release ADD COLUMN left_at text;

UPDATE schemaguard.journal SET version = 3;
