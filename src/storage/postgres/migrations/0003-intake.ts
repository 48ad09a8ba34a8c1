/** What applications accepted in transactions of their own. Times are epoch ms. */
export const INTAKE_TABLES = `
-- Notifications that are not relayed yet. lane: 0 critical, 1 all others, 2 what could not be relayed. first and last bound the ids of the deliveries,
-- which json has, with the rest of the acceptance; route is the number of a route.
CREATE TABLE intake (
  lane smallint NOT NULL, first bigint NOT NULL, last bigint NOT NULL, deliveries integer NOT NULL, at bigint NOT NULL,
  channel text COLLATE "C" NOT NULL, type text COLLATE "C" NOT NULL, route smallint NOT NULL, json text NOT NULL,
  PRIMARY KEY (lane, first)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

-- Deliveries that were given an id and turned out to repeat another one's idempotency key.
CREATE TABLE intake_repeat (delivery bigint PRIMARY KEY, earlier bigint NOT NULL, at bigint NOT NULL);
CREATE INDEX intake_repeat_at ON intake_repeat (at);
`;
