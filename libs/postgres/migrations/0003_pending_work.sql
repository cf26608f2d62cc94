-- Up Migration

-- Which streams wait for which phase. A row says for which version of its stream it was written.
CREATE TABLE pending_work (
  phase   text        NOT NULL,
  stream  text        NOT NULL,
  version integer     NOT NULL,
  wake_at timestamptz NOT NULL,
  PRIMARY KEY (phase, stream)
);
CREATE INDEX pending_work_due ON pending_work (phase, wake_at, stream);
COMMENT ON COLUMN pending_work.wake_at IS '-infinity: at once';

CREATE TABLE pending_work_checkpoints (
  phase  text PRIMARY KEY,
  cursor text NOT NULL
);

INSERT INTO pending_work (phase, stream, version, wake_at) SELECT service, stream, 0, '-infinity' FROM open_work;
INSERT INTO pending_work_checkpoints (phase, cursor) SELECT service, cursor FROM open_work_checkpoints;
DROP TABLE open_work, open_work_checkpoints;

-- What a lease remembers of the work under it: how often holders were lost, how often one effect failed.
ALTER TABLE leases
  ADD COLUMN ttl_ms   integer     NOT NULL DEFAULT 15000,
  ADD COLUMN taken_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ADD COLUMN deaths   integer     NOT NULL DEFAULT 0,
  ADD COLUMN faults   integer     NOT NULL DEFAULT 0,
  ADD COLUMN effect   text;

CREATE TABLE snapshots (
  stream      text    PRIMARY KEY,
  version     integer NOT NULL,
  hash        text    NOT NULL,
  shape       text    NOT NULL,
  state       text    NOT NULL,
  traceparent text
);
COMMENT ON TABLE snapshots IS 'states of streams that grow without end; can be deleted at any time';
