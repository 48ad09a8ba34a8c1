/** What instances share besides the work: settings, signals, rates, leads, who lives, the history, and the built-in mailbox. Times are epoch ms. */
export const SHARED_TABLES = `
-- value is null when the setting was forgotten: its version goes on.
CREATE TABLE setting (name text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, value text);

-- Signals of the last minute. xid tells a reader which of them it has not seen; sender, which are its own. signals is a JSON list of [topic, payload].
CREATE UNLOGGED TABLE signal (
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(), at timestamptz NOT NULL DEFAULT clock_timestamp(), sender text NOT NULL, signals text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX signal_xid ON signal (xid);

-- A crash, and a standby that takes over, empty it: from then on, numbers of transactions may be given again.
CREATE UNLOGGED TABLE life (is_only boolean PRIMARY KEY CHECK (is_only), token uuid NOT NULL);

-- When a bucket will be full again.
CREATE TABLE rate (
  key text COLLATE "C" PRIMARY KEY, per_second double precision NOT NULL, full_at double precision NOT NULL
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE lead (name text COLLATE "C" PRIMARY KEY, holder text NOT NULL, until bigint NOT NULL) WITH (fillfactor = 20);

-- channels is a JSON list.
CREATE TABLE instance (
  name text COLLATE "C" PRIMARY KEY, version text NOT NULL, channels text NOT NULL, started_at bigint NOT NULL, seen_at bigint NOT NULL
) WITH (fillfactor = 20);

CREATE TABLE history (
  at bigint NOT NULL, step_ms bigint NOT NULL, name text COLLATE "C" NOT NULL, value double precision NOT NULL,
  PRIMARY KEY (at, step_ms, name)
) WITH (fillfactor = 80);
CREATE INDEX history_step ON history (step_ms, at);

-- The newest mails, and how many there ever were.
CREATE TABLE mailbox (number bigint PRIMARY KEY, address text COLLATE "C" NOT NULL, json text NOT NULL);
CREATE INDEX mailbox_address ON mailbox (address);
CREATE TABLE mailbox_total (total bigint NOT NULL);
INSERT INTO mailbox_total VALUES (0);
`;
