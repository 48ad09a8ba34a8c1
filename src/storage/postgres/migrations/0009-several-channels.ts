/** Notifications on several channels. */
export const SEVERAL_CHANNELS = `
-- user:ID of whom an address was looked up for; null where the address says it itself.
ALTER TABLE delivery ADD COLUMN recipient text;
`;
