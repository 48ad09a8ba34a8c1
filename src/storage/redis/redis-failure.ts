/** Answers of a server that will do it in a while: it starts, fails over, or is busy. */
const LATER = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|NOREPLICAS)\b/;

/** What an error of a command means: to be repeated, refused for good, or a script that the server does not know. */
export function redisFailure(error: unknown): 'repeat' | 'refused' | 'no-script' {
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
  if (message.startsWith('NOSCRIPT')) return 'no-script';
  if (name !== 'ReplyError') return 'repeat';
  return LATER.test(message) ? 'repeat' : 'refused';
}
