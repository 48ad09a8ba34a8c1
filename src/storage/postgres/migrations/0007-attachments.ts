/** The files that go with mails. */
export const ATTACHMENT_TABLES = `
-- The bytes of the attachments of a notification, which is named by its first delivery, numbered from 0. They are mostly compressed already.
CREATE TABLE attachment (notification bigint NOT NULL, number smallint NOT NULL, bytes bytea NOT NULL, PRIMARY KEY (notification, number));
ALTER TABLE attachment ALTER COLUMN bytes SET STORAGE EXTERNAL;
`;
