-- Up Migration

-- How a service's procedure went before is asked for each of its deployments, the newest first.
CREATE INDEX view_rows_procedures ON view_rows
  (generation, (body->>'service'), (COALESCE(body->>'at', '') COLLATE "C"), key) WHERE projection = 'procedure-history';
