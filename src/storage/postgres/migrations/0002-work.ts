/**
 * The work: windows, messages, deliveries, and who sends what.
 *
 * - A window that is open is a row of `open_window`, found by the hash of its group; whoever changes it locks it. Its message is written when it
 *   closes. Joining changes no column of an index, so that the update is HOT.
 * - A message is written when it is queued and once more when it ends. No column of an index changes then.
 * - Whoever changes a queued message holds its row of `ready` or `scheduled`; one that is being sent, its row of `claim`; a dead one, its row of
 *   `dead`. A message in none of them whose state is queued is being sent.
 * - A delivery follows its message (`state` 0) until it ends on its own. `first` and `last` of a message bound the ids of its deliveries, so that
 *   only their partitions are read.
 *
 * Words are written as the numbers of `persisted.ts`; times are epoch ms.
 */
export const WORK_TABLES = `
CREATE SEQUENCE id_block INCREMENT 32 MINVALUE 32 START 32;
CREATE SEQUENCE claim_id;

-- Stands in every public id, so that those of another database are told from those of this one.
CREATE TABLE tag (tag text NOT NULL);
INSERT INTO tag SELECT left(md5(random()::text || clock_timestamp()::text), 6);

-- The counts of one instance at a time: nobody else waits for its rows. Readers add all of them up.
CREATE TABLE slot (
  id integer PRIMARY KEY, instance text COLLATE "C",
  pending bigint NOT NULL DEFAULT 0, open_windows bigint NOT NULL DEFAULT 0, queued bigint NOT NULL DEFAULT 0, sending bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 20);
CREATE TABLE counter (
  slot integer NOT NULL, channel text COLLATE "C" NOT NULL, type text COLLATE "C" NOT NULL, route smallint NOT NULL, state smallint NOT NULL,
  n bigint NOT NULL,
  PRIMARY KEY (slot, channel, type, route, state)
) WITH (fillfactor = 20);

CREATE TABLE policy (id bigint PRIMARY KEY, json text NOT NULL);

CREATE TABLE open_window (
  key uuid PRIMARY KEY,
  message bigint NOT NULL UNIQUE,
  channel text COLLATE "C" NOT NULL, address text COLLATE "C" NOT NULL, type text COLLATE "C" NOT NULL, group_key text COLLATE "C",
  policy bigint NOT NULL, ordered boolean NOT NULL, opener text COLLATE "C",
  not_before bigint, opened_at bigint NOT NULL, planned_at bigint NOT NULL, due_at bigint NOT NULL,
  -- The due time or an earlier one: a window that slides is looked at then, and gets a new one.
  look_at bigint NOT NULL,
  expires_at bigint, close_by bigint,
  count integer NOT NULL, rank smallint NOT NULL, rank_stale boolean NOT NULL,
  -- Deliveries by type, as JSON, when there are several types.
  types text,
  first bigint NOT NULL, last bigint NOT NULL, last_at bigint NOT NULL,
  -- Of a group of like contents: where it belongs, its name, and its first content.
  base uuid, name text, sample text
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX open_window_look ON open_window (look_at);
CREATE INDEX open_window_address ON open_window (channel, address);
CREATE INDEX open_window_base ON open_window (base) WHERE base IS NOT NULL;

CREATE TABLE allowance (
  key uuid PRIMARY KEY, sent integer NOT NULL, until bigint NOT NULL, opener bigint NOT NULL, base uuid, name text, sample text, similarity double precision
) WITH (fillfactor = 60);
CREATE INDEX allowance_until ON allowance (until);
CREATE INDEX allowance_base ON allowance (base) WHERE base IS NOT NULL;

CREATE TABLE message (
  id bigint PRIMARY KEY,
  state smallint NOT NULL, route smallint NOT NULL, rank smallint NOT NULL, attempts smallint NOT NULL,
  count integer NOT NULL, policy bigint, replay integer,
  first bigint NOT NULL, last bigint NOT NULL,
  opened_at bigint NOT NULL, updated_at bigint NOT NULL, queued_at bigint NOT NULL, ready_at bigint NOT NULL,
  expires_at bigint, send_by bigint, due_at bigint, closed_at bigint, sequence bigint,
  channel text COLLATE "C" NOT NULL, address text COLLATE "C" NOT NULL, type text COLLATE "C" NOT NULL,
  types text, closed_by text, errors text, progress text
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX message_address ON message (address, channel, id);
CREATE INDEX message_replay ON message (replay) WHERE replay IS NOT NULL;
CREATE INDEX message_sequence ON message (channel, sequence) WHERE sequence IS NOT NULL;
CREATE INDEX message_stream ON message (address, sequence) WHERE sequence IS NOT NULL;

CREATE TABLE ready (
  id bigint PRIMARY KEY, channel text COLLATE "C" NOT NULL, lane smallint NOT NULL, stamp double precision NOT NULL,
  -- Whether it may wait for company, since when, and until when.
  waits boolean NOT NULL, ready_at bigint NOT NULL, send_by bigint
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX ready_order ON ready (channel, lane, stamp, id);

CREATE TABLE scheduled (id bigint PRIMARY KEY, ready_at bigint NOT NULL)
  WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX scheduled_ready ON scheduled (ready_at, id);

-- The sequence of a channel: the last number that was given, and the greatest whose message was pruned. Who gives numbers locks it until they are
-- committed, so that they become visible in their order.
CREATE TABLE sequence (channel text COLLATE "C" PRIMARY KEY, last bigint NOT NULL, pruned bigint NOT NULL DEFAULT 0) WITH (fillfactor = 20);

CREATE TABLE claim (id bigint PRIMARY KEY, holder text COLLATE "C" NOT NULL, lease_until bigint NOT NULL, messages bigint[] NOT NULL)
  WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE dead (message bigint PRIMARY KEY, reason text NOT NULL, dismissed_at bigint);

CREATE TABLE replay (id integer PRIMARY KEY, at bigint NOT NULL);

-- What one notification to several addresses says; the others have it in their delivery. left_over: deliveries that still need it.
CREATE TABLE content (id bigint PRIMARY KEY, left_over integer NOT NULL, json text NOT NULL);

-- state: 0 follows its message; else the number of the state that it ended in alone. notification: the first delivery of its notification; null: itself.
CREATE TABLE delivery (
  id bigint PRIMARY KEY, message bigint NOT NULL, at bigint NOT NULL, ended_at bigint, expires_at bigint, content bigint, notification bigint,
  state smallint NOT NULL, rank smallint NOT NULL,
  reason text, dedupe text COLLATE "C", group_key text COLLATE "C", json text
) PARTITION BY RANGE (id);
CREATE TABLE delivery_0 PARTITION OF delivery FOR VALUES FROM (MINVALUE) TO (33554432);
CREATE INDEX delivery_message ON delivery (message, id);
CREATE INDEX delivery_dedupe ON delivery (dedupe) WHERE dedupe IS NOT NULL;
CREATE INDEX delivery_group ON delivery (group_key) WHERE group_key IS NOT NULL;

-- When something expires. A row that comes up while its delivery is being sent is dropped, and written again when that is queued again.
CREATE TABLE expiry (at bigint NOT NULL, delivery bigint NOT NULL, PRIMARY KEY (at, delivery));

-- The first answer of a key: of each delivery its id, address, message and route, as JSON.
CREATE TABLE idempotency (
  hash uuid PRIMARY KEY, fingerprint uuid NOT NULL, at bigint NOT NULL, answer text NOT NULL
) WITH (fillfactor = 90);
CREATE INDEX idempotency_at ON idempotency (at);
`;
