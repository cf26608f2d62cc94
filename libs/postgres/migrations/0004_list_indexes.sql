-- Up Migration

-- Only rows that have the field are listed by it: whatever is written of other read models stays out of these indexes, and
-- a look-up by key cannot be planned on them, which end in the key, before there are statistics.
DROP INDEX view_rows_requested, view_rows_service, view_rows_status;
CREATE INDEX view_rows_requested ON view_rows
  (projection, generation, (COALESCE(body->>'requestedAt', '') COLLATE "C"), key) WHERE body ? 'requestedAt';
CREATE INDEX view_rows_service ON view_rows
  (projection, generation, (body->>'service'), (body->>'environment'), (COALESCE(body->>'requestedAt', '') COLLATE "C"), key)
  WHERE body ? 'requestedAt';
CREATE INDEX view_rows_status ON view_rows
  (projection, generation, (body->>'status'), (COALESCE(body->>'requestedAt', '') COLLATE "C"), key) WHERE body ? 'requestedAt';

-- How a service's procedure went before is asked for each of its deployments.
CREATE INDEX view_rows_procedures ON view_rows
  (projection, generation, (body->>'service'), (COALESCE(body->>'at', '') COLLATE "C"), key) WHERE body ? 'at';
