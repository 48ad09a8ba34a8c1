/** What the receiver answered when it took the message. */
export const ANSWER_COLUMN = 'ALTER TABLE message ADD COLUMN answer text;';
