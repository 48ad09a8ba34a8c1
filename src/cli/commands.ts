import type { CommandDeclaration } from './command.js';
import { declareDead } from './dead.command.js';
import { declareFlush } from './flush.command.js';
import { declareMigrate } from './migrate.command.js';
import { declareMove } from './move.command.js';
import { declareReplay } from './replay.command.js';
import { declareSend } from './send.command.js';
import { declareStart } from './start.command.js';
import { declareStatus } from './status.command.js';
import { declareVapid } from './vapid.command.js';
import { declareWindows } from './windows.command.js';

/** The commands of `npx nestjs-digest`, in the order of the help. */
export const COMMANDS: readonly CommandDeclaration[] = [
  declareStart,
  declareStatus,
  declareWindows,
  declareFlush,
  declareDead,
  declareReplay,
  declareSend,
  declareMigrate,
  declareMove,
  declareVapid,
];
