-- Up Migration

-- The deployments whose events name a blob: it is kept as long as one of them needs it.
CREATE TABLE blob_owners (
  sha256     text NOT NULL,
  deployment text NOT NULL,
  PRIMARY KEY (sha256, deployment)
);
INSERT INTO blob_owners (sha256, deployment)
  SELECT DISTINCT m.named[1], substr(e.stream, length('deployment-') + 1)
  FROM events e CROSS JOIN LATERAL regexp_matches(e.data, '"sha256":"([0-9a-f]{64})"', 'g') AS m(named)
  WHERE e.stream LIKE 'deployment-%' AND EXISTS (SELECT FROM blobs b WHERE b.sha256 = m.named[1]);

COMMENT ON COLUMN blobs.created_at IS 'when it was last put there';
