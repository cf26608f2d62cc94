-- Up Migration

-- Each probe writes one page here and rolls it back: a disk without room for a page has no room for events.
CREATE TABLE write_probe (page text NOT NULL);
ALTER TABLE write_probe ALTER COLUMN page SET STORAGE PLAIN;
ALTER TABLE write_probe SET (autovacuum_vacuum_threshold = 100, autovacuum_vacuum_scale_factor = 0);
