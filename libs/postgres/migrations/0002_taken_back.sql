-- Up Migration

-- Which rollbacks took deployments back is asked with each answer about a deployment; few rows have that field.
CREATE INDEX view_rows_of ON view_rows (projection, generation, (body->>'of')) WHERE body->>'of' IS NOT NULL;
