import './model/node-version.js';
import { NotificationError } from './model/errors.js';
import { startStandAlone } from './stand-alone.js';

try {
  await startStandAlone();
} catch (error) {
  // What stops the start is told in one message.
  const known = error instanceof NotificationError || (error instanceof Error && 'code' in error);
  console.error(known ? error.message : error);
  process.exit(1);
}
