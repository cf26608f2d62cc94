-- Up Migration

-- The only record. Events are read in (tx, position) order below the oldest transaction still running: no event ever
-- appears behind a cursor that was handed out. The order of one stream is (stream, version), proven by its key.
CREATE TABLE events (
  tx          xid8    NOT NULL DEFAULT pg_current_xact_id(),
  position    bigint  NOT NULL GENERATED ALWAYS AS IDENTITY,
  stream      text    NOT NULL,
  version     integer NOT NULL CHECK (version > 0),
  id          text    NOT NULL,
  type        text    NOT NULL,
  data        text    NOT NULL,
  time        text    NOT NULL,
  actor       text    NOT NULL,
  correlation text    NOT NULL,
  causation   text,
  traceparent text,
  hash        text    NOT NULL,
  command_id  text,
  CONSTRAINT events_stream_version PRIMARY KEY (stream, version)
);
CREATE UNIQUE INDEX events_id ON events (id);
CREATE UNIQUE INDEX events_order ON events (tx, position);
CREATE UNIQUE INDEX events_command ON events (stream, command_id) WHERE command_id IS NOT NULL;

COMMENT ON COLUMN events.data IS 'canonical JSON text, as it was hashed';
COMMENT ON COLUMN events.time IS 'ISO 8601 in UTC, as it was hashed; set by the command, never by the database';
COMMENT ON COLUMN events.command_id IS 'on the last event of an append only: its version is the answer to a repeated command';

CREATE TABLE leases (
  name       text        PRIMARY KEY,
  holder     text        NOT NULL,
  token      bigint      NOT NULL,
  expires_at timestamptz NOT NULL
);

CREATE TABLE view_checkpoints (
  projection text    NOT NULL,
  generation integer NOT NULL,
  cursor     text,
  active     boolean NOT NULL,
  PRIMARY KEY (projection, generation)
);
CREATE UNIQUE INDEX view_checkpoints_active ON view_checkpoints (projection) WHERE active;

CREATE TABLE view_rows (
  projection text    NOT NULL,
  generation integer NOT NULL,
  key        text    COLLATE "C" NOT NULL,
  body       jsonb   NOT NULL,
  cursor     text    NOT NULL,
  PRIMARY KEY (projection, generation, key)
);
CREATE INDEX view_rows_requested ON view_rows
  (projection, generation, (COALESCE(body->>'requestedAt', '') COLLATE "C"), key);
CREATE INDEX view_rows_service ON view_rows
  (projection, generation, (body->>'service'), (body->>'environment'), (COALESCE(body->>'requestedAt', '') COLLATE "C"), key);
CREATE INDEX view_rows_status ON view_rows
  (projection, generation, (body->>'status'), (COALESCE(body->>'requestedAt', '') COLLATE "C"), key);

COMMENT ON COLUMN view_rows.cursor IS 'checkpoint with which this row was last written';

CREATE TABLE blobs (
  sha256     text        PRIMARY KEY,
  content    bytea       NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE open_work (
  service text        NOT NULL,
  stream  text        NOT NULL,
  lease   text        NOT NULL,
  wake_at timestamptz NOT NULL DEFAULT '-infinity',
  PRIMARY KEY (service, stream)
);
CREATE INDEX open_work_due ON open_work (service, wake_at, stream);

COMMENT ON COLUMN open_work.wake_at IS '-infinity: at once';

CREATE TABLE open_work_checkpoints (
  service text PRIMARY KEY,
  cursor  text NOT NULL
);

CREATE TABLE idempotency_keys (
  actor       text        NOT NULL,
  key         text        NOT NULL,
  fingerprint text        NOT NULL,
  attempt     text        NOT NULL,
  status      integer,
  headers     jsonb,
  body        text,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (actor, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

COMMENT ON COLUMN idempotency_keys.status IS 'null while the request is in flight';

CREATE TABLE parked_messages (
  id          text        PRIMARY KEY,
  subject     text        NOT NULL,
  headers     jsonb       NOT NULL,
  content     bytea       NOT NULL,
  reason      text        NOT NULL,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX parked_messages_newest ON parked_messages (received_at, id);
