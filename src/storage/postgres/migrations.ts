import { SHARED_TABLES } from './migrations/0001-shared.js';
import { WORK_TABLES } from './migrations/0002-work.js';
import { INTAKE_TABLES } from './migrations/0003-intake.js';
import { STORED_TEXT } from './migrations/0004-stored-text.js';
import { ANSWER_COLUMN } from './migrations/0005-answer.js';
import { SUPPRESSION_TABLES } from './migrations/0006-suppression.js';
import { ATTACHMENT_TABLES } from './migrations/0007-attachments.js';
import { RECIPIENT_TABLES } from './migrations/0008-recipients.js';
import { SEVERAL_CHANNELS } from './migrations/0009-several-channels.js';
import { MOVE_TABLES } from './migrations/0010-move.js';

/** A step of the schema. Once released, it is never changed. */
export interface Migration {
  /** ≥ 1, ascending, without holes. */
  readonly version: number;
  readonly name: string;
  /** Statements; tables are named without their schema. It only adds: releases that know no more than `runsFrom` go on working. */
  readonly sql: string;
  /** The version that a release must know at least to work with what this step makes. Defaults to 0: every release does. */
  readonly runsFrom?: number;
}

/** Every step, in order. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'shared', sql: SHARED_TABLES },
  { version: 2, name: 'work', sql: WORK_TABLES },
  { version: 3, name: 'intake', sql: INTAKE_TABLES },
  { version: 4, name: 'stored text', sql: STORED_TEXT },
  { version: 5, name: 'answer', sql: ANSWER_COLUMN },
  { version: 6, name: 'suppression', sql: SUPPRESSION_TABLES },
  { version: 7, name: 'attachments', sql: ATTACHMENT_TABLES },
  { version: 8, name: 'recipients', sql: RECIPIENT_TABLES },
  { version: 9, name: 'several channels', sql: SEVERAL_CHANNELS },
  { version: 10, name: 'move', sql: MOVE_TABLES },
];
