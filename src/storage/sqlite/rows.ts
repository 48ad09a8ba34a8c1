import { type Allowance } from '../../model/decisions/arrival.js';
import { type CloseReason } from '../../model/window.js';
import { type MessageState } from './schema.js';

/** An allowance with its row. */
export interface KeptAllowance extends Allowance {
  readonly id: number;
}

/** `message`, as it is read. */
export interface MessageRow {
  readonly id: number;
  readonly channel: string;
  readonly address: string;
  readonly type: string;
  readonly route: number;
  readonly state: MessageState;
  readonly priority: number;
  readonly mixed: number;
  readonly count: number;
  readonly first: number;
  readonly tail: number;
  readonly opened_at: number;
  readonly updated_at: number;
  readonly queued_at: number | null;
  readonly ready_at: number | null;
  /** A message that waits for others of its batch goes by then, epoch ms. */
  readonly send_by: number | null;
  readonly attempts: number;
  readonly policy: number | null;
  readonly key: string | null;
  readonly group_key: string | null;
  /** When its window closes or, once it is closed, would have closed by its time. */
  readonly due_at: number | null;
  readonly not_before: number | null;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly failed_at: number | null;
  readonly progress: string | null;
  readonly sequence: number | null;
  /** `DeliveryError[]` as JSON. */
  readonly errors: string | null;
  /** What the receiver answered when it took it. */
  readonly answer: string | null;
  /** The replay that queued it again last. */
  readonly replay: number | null;
  /** When an operator hid it among the dead. */
  readonly dismissed_at: number | null;
  /** When and why its window closed. */
  readonly closed_at: number | null;
  readonly closed_by: CloseReason | null;
}

/** What of a message is kept while it is sent. */
export type ClaimedRow = Pick<
  MessageRow,
  | 'id'
  | 'channel'
  | 'address'
  | 'type'
  | 'route'
  | 'priority'
  | 'mixed'
  | 'count'
  | 'tail'
  | 'opened_at'
  | 'queued_at'
  | 'ready_at'
  | 'send_by'
  | 'attempts'
  | 'policy'
  | 'progress'
  | 'due_at'
  | 'closed_at'
  | 'closed_by'
>;

/** `delivery` with the content it stands for. */
export interface DeliveryRow {
  readonly id: number;
  readonly content: number;
  readonly message: number;
  readonly prev: number;
  readonly state: number;
  readonly priority: number;
  readonly at: number;
  readonly ended_at: number | null;
  readonly expires_at: number | null;
  readonly dedupe: string | null;
  readonly reason: string | null;
  readonly group_key: string | null;
  /** Whom its address was looked up for. */
  readonly recipient: string | null;
  /** The first content of its notification; null: its own. */
  readonly notification: number | null;
  /** As `pack` made it; null when its row is missing. */
  readonly json: string | Uint8Array | null;
}
