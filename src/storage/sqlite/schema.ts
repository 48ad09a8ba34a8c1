/**
 * The layout, chosen by measuring: rows are appended and found by their integer key; what would need a random B-tree
 * write per accepted delivery (open-window key, due times, ready order, idempotency keys, members of a window) lives in
 * memory and is rebuilt from the rows at the start. The members of a message are a chain: `message.tail` is its newest
 * delivery, `delivery.prev` the one before.
 *
 * One entry a version, applied in order; an entry never changes once released.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE policy (id INTEGER PRIMARY KEY, json TEXT NOT NULL);

  -- What one notification says; id is that of its first delivery, the others follow without a gap.
  CREATE TABLE content (id INTEGER PRIMARY KEY, size INTEGER NOT NULL, json TEXT NOT NULL);

  -- state: 0 follows its message; else the index of the state it ended in alone.
  CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    content INTEGER NOT NULL,
    message INTEGER NOT NULL,
    prev INTEGER NOT NULL,
    state INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    at INTEGER NOT NULL,
    ended_at INTEGER,
    expires_at INTEGER,
    dedupe TEXT
  );
  CREATE INDEX delivery_expires ON delivery (expires_at) WHERE expires_at IS NOT NULL;

  -- state: see MESSAGE_STATE. count and tail of an open window are in memory and written when it closes.
  CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    type TEXT NOT NULL,
    route INTEGER NOT NULL,
    state INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    mixed INTEGER NOT NULL,
    count INTEGER NOT NULL,
    first INTEGER NOT NULL,
    tail INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    queued_at INTEGER,
    ready_at INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    policy INTEGER,
    key TEXT,
    group_key TEXT,
    due_at INTEGER,
    not_before INTEGER,
    reason TEXT,
    detail TEXT,
    failed_at INTEGER,
    progress TEXT
  );
  CREATE INDEX message_address ON message (address, channel);
  CREATE INDEX message_dead ON message (id) WHERE state = 4;
  CREATE INDEX message_pending ON message (id) WHERE state < 2;

  -- What a live process is sending: a row a claim, its message ids as JSON.
  CREATE TABLE claim (id INTEGER PRIMARY KEY, messages TEXT NOT NULL);

  CREATE TABLE idempotency (seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, fingerprint BLOB NOT NULL, content INTEGER NOT NULL, at INTEGER NOT NULL);

  -- Deliveries by state, in the order of DELIVERY_STATES.
  CREATE TABLE counter (
    channel TEXT NOT NULL, type TEXT NOT NULL, route INTEGER NOT NULL, counts TEXT NOT NULL,
    PRIMARY KEY (channel, type, route)
  ) WITHOUT ROWID;

  CREATE TABLE history (
    at INTEGER NOT NULL, step_ms INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL,
    PRIMARY KEY (at, step_ms, name)
  ) WITHOUT ROWID;
  `,
  `
  -- Why a delivery ended alone, where its state does not say it; how many a window has led.
  ALTER TABLE delivery ADD COLUMN reason TEXT;
  ALTER TABLE message ADD COLUMN led INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- The place of a delivered message in its address's stream.
  ALTER TABLE message ADD COLUMN sequence INTEGER;
  CREATE INDEX message_stream ON message (address, sequence) WHERE sequence IS NOT NULL;
  `,
  `
  -- content.json may be a BLOB from here: see packing.ts. Releases before this one cannot read it.
  -- The tries that failed, a JSON list; when a dead message was put back in the queue last.
  ALTER TABLE message ADD COLUMN errors TEXT;
  ALTER TABLE message ADD COLUMN replayed_at INTEGER;
  CREATE INDEX message_replayed ON message (replayed_at) WHERE replayed_at IS NOT NULL;
  `,
  `
  -- The built-in mailbox: the newest mails, as JSON. meta has their total as mailbox.total.
  CREATE TABLE mailbox (number INTEGER PRIMARY KEY, address TEXT NOT NULL, json TEXT NOT NULL);
  `,
  `
  -- What can be pruned, the oldest end first. Messages end in the order of time, so that this grows at its right edge.
  CREATE INDEX message_ended ON message (updated_at) WHERE state >= 3;
  `,
  `
  -- What went out at once instead of being gathered, until it no longer counts; opener is the first such delivery, policy what it came by.
  CREATE TABLE allowance (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, sent INTEGER NOT NULL, until INTEGER NOT NULL, opener INTEGER NOT NULL, policy INTEGER NOT NULL
  );
  UPDATE policy SET json = replace(replace(json, '"leads":', '"leadingCount":'), '"brake":true', '"burst":true');
  UPDATE meta SET value = replace(value, '"stormBrake":', '"burst":') WHERE key = 'setting.aggregation rules';
  `,
  `
  -- The first answer of a key: of each delivery, in the order of the answer, its address, message and route, as JSON.
  ALTER TABLE idempotency ADD COLUMN answer TEXT NOT NULL DEFAULT '[]';
  UPDATE idempotency SET answer = (
    SELECT json_group_array(json_array(m.address, m.id, m.route) ORDER BY d.id)
    FROM content c JOIN delivery d ON d.id >= c.id AND d.id < c.id + c.size JOIN message m ON m.id = d.message
    WHERE c.id = idempotency.content
  );
  `,
  `
  -- The keys that deliveries are cancelled by; only those that have one are in the index. group_key_of() reads a content: see database.ts.
  ALTER TABLE delivery ADD COLUMN group_key TEXT;
  UPDATE delivery SET group_key =
    (SELECT group_key_of(c.json) FROM content c WHERE c.id = delivery.content)
    WHERE message IN (SELECT id FROM message WHERE state < 2);
  CREATE INDEX delivery_group ON delivery (group_key) WHERE group_key IS NOT NULL;
  CREATE INDEX delivery_dedupe ON delivery (dedupe) WHERE dedupe IS NOT NULL;

  -- A replay, and the messages that it queued again (those of one that queued them again later are its).
  CREATE TABLE replay (id INTEGER PRIMARY KEY, at INTEGER NOT NULL);
  ALTER TABLE message ADD COLUMN replay INTEGER;
  INSERT INTO replay (at) SELECT DISTINCT replayed_at FROM message WHERE replayed_at IS NOT NULL ORDER BY replayed_at;
  UPDATE message SET replay = (SELECT id FROM replay WHERE at = replayed_at) WHERE replayed_at IS NOT NULL;
  DROP INDEX message_replayed;
  CREATE INDEX message_replay ON message (replay, state, count) WHERE replay IS NOT NULL;
  `,
  `
  -- When an operator hid a dead message; why and when a window closed.
  ALTER TABLE message ADD COLUMN dismissed_at INTEGER;
  CREATE INDEX message_dismissed ON message (count) WHERE state = 4 AND dismissed_at IS NOT NULL;
  ALTER TABLE message ADD COLUMN closed_at INTEGER;
  ALTER TABLE message ADD COLUMN closed_by TEXT;
  `,
  `
  -- A message that waits for company goes by then, because it would expire.
  ALTER TABLE message ADD COLUMN send_by INTEGER;
  `,
  `
  -- message.sequence is a number of its whole channel from here. Of each channel: the last that was given, and the greatest whose message was pruned.
  CREATE TABLE sequence (channel TEXT PRIMARY KEY, last INTEGER NOT NULL, pruned INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
  INSERT INTO sequence (channel, last) SELECT channel, max(sequence) FROM message WHERE sequence IS NOT NULL GROUP BY channel;
  CREATE INDEX message_sequence ON message (channel, sequence) WHERE sequence IS NOT NULL;
  `,
  `
  -- What the receiver answered when it took the message.
  ALTER TABLE message ADD COLUMN answer TEXT;
  `,
  `
  -- Addresses that nothing is sent to, found by a hash of channel and address: the address is '' once it was erased. until is null where it holds until it
  -- is removed.
  CREATE TABLE suppression (
    id INTEGER PRIMARY KEY, hash BLOB NOT NULL, channel TEXT NOT NULL, address TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL, until INTEGER,
    note TEXT, removed_at INTEGER, removed_note TEXT
  );
  CREATE INDEX suppression_hash ON suppression (hash);
  `,
  `
  -- The bytes of the attachments of a content, numbered from 0.
  CREATE TABLE attachment (content INTEGER NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (content, number));
  `,
  `
  -- What the module knows of people and tenants, as JSON; key is e.g. user:42.
  CREATE TABLE recipient (key TEXT PRIMARY KEY, version INTEGER NOT NULL, json TEXT NOT NULL) WITHOUT ROWID;
  `,
  `
  -- A notification on several channels has a content for each; notification is the first one of them (null: itself). Their deliveries follow one another
  -- without a gap. delivery.recipient is whom an address was looked up for, where the address does not say it.
  ALTER TABLE content ADD COLUMN notification INTEGER;
  ALTER TABLE delivery ADD COLUMN recipient TEXT;
  `,
];

/** `message.state`. A message that is being sent is `queued` on disk and listed in `claim`. */
export const MESSAGE_STATE = {
  open: 0,
  queued: 1,
  delivered: 3,
  dead: 4,
  /** Nothing of it was left to send, or its entries went on in messages of their own. */
  ended: 5,
} as const;
export type MessageState = (typeof MESSAGE_STATE)[keyof typeof MESSAGE_STATE];
