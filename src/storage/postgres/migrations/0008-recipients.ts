/** What the module knows of people and tenants. */
export const RECIPIENT_TABLES = `
-- key is e.g. user:42; json is text, so that a value comes back as it was given.
CREATE TABLE recipient (key text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, json text NOT NULL) WITH (fillfactor = 80);
`;
