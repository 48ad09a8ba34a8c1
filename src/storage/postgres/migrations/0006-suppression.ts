/** Addresses that nothing is sent to. Times are epoch ms. */
export const SUPPRESSION_TABLES = `
-- hash: of channel and address, which is '' once it was erased. until is null where it holds until it is removed.
CREATE TABLE suppression (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, hash uuid NOT NULL, channel text NOT NULL, address text NOT NULL, reason text NOT NULL,
  at bigint NOT NULL, until bigint, note text, removed_at bigint, removed_note text
);
CREATE INDEX suppression_hash ON suppression (hash);
CREATE UNIQUE INDEX suppression_holding ON suppression (hash, reason) WHERE removed_at IS NULL;
`;
