/** Every reason for which an attempt fails or a delivery ends, and what to do about it. */
export const ADVICE = {
  address_rejected: 'The receiver refuses the address for good. Correct the address first: sent again, it fails in the same way.',
  content_rejected:
    'The receiver refuses the content for good. Change the template or the content; the same content fails again.',
  credentials_rejected: 'The receiver refuses our credentials. Renew them, restart, and resume the channel; then send again.',
  rate_limited: 'The receiver asks for a slower pace. Lower messagesPerSecond of the channel; sending again later helps.',
  temporarily_refused: 'The receiver could not take it, a full mailbox or a busy server say. Sending again later helps.',
  session_closed: 'The receiver ended the session. Sending again later helps.',
  connection_failed: 'No connection could be made. Look at the network and at the receiver; then send again.',
  timed_out: 'The receiver was silent for too long. Look at its load and at the network; then send again.',
  uncertain: 'The line broke before the answer: it may have arrived. Sent again, it may arrive twice.',
  interrupted: 'The process ended while it was sent, and that as often as attempts are allowed. Sending again is safe.',
  no_transport: 'Nothing sends on this channel. Set the variables of the channel, restart, and send again.',
  unrenderable: 'The formatter could not make a message of it. Look at the log and correct the formatter; then send again.',
  internal: 'The transport or the formatter failed in a way it should not. The log has the error.',
  read: 'The recipient had seen it elsewhere. Nothing is to be done.',
  cancelled: 'A caller cancelled it. Nothing is to be done.',
  preference: 'The preferences of the recipient exclude it. Nothing is to be done.',
  muted: 'The recipient muted it. Nothing is to be done.',
  suppressed: 'The address is suppressed, because it failed for good or complained. Remove the suppression if it is wrong.',
  no_address: 'The recipient has no address on the channel. Add one to the directory.',
  recipient_gone: 'The recipient, or the address, was erased. Nothing is to be done.',
  expired: 'Its expiresAt passed before it could be sent. Look for what held it up.',
  idempotency_conflict: 'Its idempotencyKey was used for other content. The caller must choose another key.',
  replaced: 'A newer one with its dedupeKey took its place. Nothing is to be done.',
};

export const REASONS = Object.keys(ADVICE);

/** What to do when a part of the health is not ok. */
export const PART_ADVICE = {
  store: 'Look at the disk or the server of the store, and at its permissions.',
  windows: 'Work is due and is not taken up. Look at the log; if nothing changes, restart the process.',
  processor: 'Looking for work fails. Look at the log and at the store.',
  batches: 'A batch does not come back from its transport. Look at the receiver and at its time limits.',
  errors: 'Look at the deliveries that failed, and at the receiver.',
  limits: 'Callers are about to be refused. Find out why deliveries leave more slowly than they arrive.',
  eventLoop: 'Something in this process holds up everything else. Look for synchronous work of the application.',
  memory: 'Give the process more memory, or lower the load.',
};

export const STATES = ['gathering', 'queued', 'sending', 'delivered', 'dead', 'cancelled', 'expired', 'replaced'];
