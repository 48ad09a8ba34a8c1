/** The stable `code` of every refusal. */
export type ErrorCode =
  | 'invalid_json'
  | 'invalid_notification'
  | 'invalid_request'
  | 'invalid_configuration'
  | 'unauthorized'
  | 'not_found'
  | 'conflict'
  | 'transactions_unsupported'
  | 'transaction_required'
  | 'payload_too_large'
  | 'idempotency_conflict'
  | 'queue_full'
  | 'precondition_failed'
  | 'directory_unavailable'
  | 'method_not_allowed'
  | 'shutting_down'
  | 'store_locked'
  | 'store_version'
  | 'store_unusable'
  | 'store_moved'
  | 'store_failed';

/** One bad field: where it is, what it got, what is allowed. */
export interface FieldError {
  /** Dotted path, e.g. `to.3` or `actor.id`. */
  readonly path: string;
  /** What it got, and what is allowed. */
  readonly message: string;
}

/** The base of every error the module throws on purpose. */
export class NotificationError extends Error {
  constructor(
    readonly code: ErrorCode,
    /** The HTTP status that says the same. */
    readonly status: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A notification is wrong: it names every bad field. Nothing was accepted. */
export class InvalidNotificationError extends NotificationError {
  constructor(readonly errors: readonly FieldError[]) {
    super('invalid_notification', 400, `invalid notification: ${errors.map((e) => `${e.path}: ${e.message}`).join('; ')}`);
  }
}

/** The arguments of a call, or a body or query of a route, are wrong. */
export class InvalidRequestError extends NotificationError {
  constructor(readonly errors: readonly FieldError[]) {
    super('invalid_request', 400, `invalid request: ${errors.map((e) => `${e.path}: ${e.message}`).join('; ')}`);
  }
}

/** Options or variables are wrong: it stops the start, and names all of them. */
export class InvalidConfigurationError extends NotificationError {
  constructor(readonly problems: readonly string[]) {
    super('invalid_configuration', 500, `invalid configuration:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
  }
}

/** What was asked for does not exist, or was deleted after its retention. */
export class NotFoundError extends NotificationError {
  /** @param why ends the sentence that begins with `what` */
  constructor(what: string, why = 'does not exist, or was pruned') {
    super('not_found', 404, `${what} ${why}`);
  }
}

/** A channel that nobody registered. */
export class UnknownChannelError extends NotificationError {
  constructor(channel: string, registered: readonly string[]) {
    super('not_found', 404, `the channel ${JSON.stringify(channel)} is not registered; registered are ${registered.join(', ')}`);
  }
}

/** `enqueue` was given a transaction, and the store cannot take part in one: nothing was accepted. */
export class TransactionsUnsupportedError extends NotificationError {
  constructor() {
    super(
      'transactions_unsupported',
      400,
      'options.tx: this store cannot join a transaction of the application; enqueue after the commit, with an idempotencyKey, or keep an outbox table',
    );
  }
}

/** `enqueue` was given something else than an open transaction: nothing was accepted. */
export class TransactionRequiredError extends NotificationError {
  /**
   * @param by    what was called
   * @param got   what it was given
   * @param wants what it takes
   */
  constructor(by: string, got: string, wants: string) {
    super('transaction_required', 400, `${by}: got ${got}; it takes ${wants}`);
  }
}

/** Too late: the delivery is being sent or has ended, or the window is no longer open. */
export class ConflictError extends NotificationError {
  constructor(message: string) {
    super('conflict', 409, message);
  }
}

/** What a caller wants to change was changed since it was read: `If-Match` does not hold. */
export class PreconditionFailedError extends NotificationError {
  constructor(message: string) {
    super('precondition_failed', 412, message);
  }
}

/** The host's directory of recipients did not answer, and the call cannot be answered without it. */
export class DirectoryUnavailableError extends NotificationError {
  constructor(options?: ErrorOptions) {
    super('directory_unavailable', 503, 'the directory of recipients does not answer; call again', options);
  }
}

/** The call is for the built-in directory of recipients, and the host has its own. */
export class HostDirectoryError extends NotificationError {
  constructor(what: string) {
    super('method_not_allowed', 405, `${what} is for the built-in directory of recipients; this application has its own`);
  }
}

/** The key was used within 24 h for other content. Nothing was accepted. */
export class IdempotencyConflictError extends NotificationError {
  constructor(idempotencyKey: string) {
    super(
      'idempotency_conflict',
      422,
      `idempotencyKey ${JSON.stringify(idempotencyKey)} was used within 24 h for a notification with other content; use a new key`,
    );
  }
}

/** `QUEUE_MAX_PENDING` deliveries are pending. Nothing was accepted; `retryAfterMs` says when it may be. */
export class QueueFullError extends NotificationError {
  constructor(
    readonly pending: number,
    readonly maxPending: number,
    readonly retryAfterMs: number,
  ) {
    super(
      'queue_full',
      429,
      `${pending} deliveries are pending and QUEUE_MAX_PENDING is ${maxPending}; try again in ${Math.ceil(retryAfterMs / 1000)} s`,
    );
  }
}

/** The process stops. Nothing was accepted; another instance, or the next start, takes it. */
export class ShuttingDownError extends NotificationError {
  constructor() {
    super('shutting_down', 503, 'the application is shutting down and accepts nothing more');
  }
}

/** The file of the embedded store is open in another process, or twice in this one. */
export class StoreLockedError extends NotificationError {
  /** @param here it is open in this very process */
  constructor(path: string, here: boolean, options?: ErrorOptions) {
    super(
      'store_locked',
      503,
      here
        ? `the store ${path} is open in this process already. Give each module a file of its own (STORE_PATH, store.path), or use one module`
        : `the store ${path} is open in another process; one process owns it at a time. Stop the other one, or set STORE_PATH (store.path) to another file`,
      options,
    );
  }
}

/** The file of the embedded store cannot be used. */
export class StoreUnusableError extends NotificationError {
  constructor(path: string, what: string, todo: string, options?: ErrorOptions) {
    super('store_unusable', 503, `the store ${path} (STORE_PATH, store.path) ${what}. ${todo}`, options);
  }
}

/** A newer release wrote the store. It is left as it is. */
export class StoreVersionError extends NotificationError {
  constructor(path: string, found: number, known: number) {
    super(
      'store_version',
      503,
      `the store ${path} has version ${found} and this release knows up to ${known}; it is left as it is. Use the newer release`,
    );
  }
}

/** The tables of a shared store are those of an older release. */
export class StoreNotMigratedError extends NotificationError {
  constructor(
    place: string,
    readonly pending: readonly string[],
  ) {
    super(
      'store_unusable',
      503,
      `the store ${place} lacks the migrations ${pending.join(', ')}; run: npx nestjs-digest migrate (with the same STORE_URL), or set store.migrate: true`,
    );
  }
}

/** What a store's failure is known to have left behind. */
interface StoreFailedOptions extends ErrorOptions {
  /** The connection broke before the answer came, and nothing could be found out about it since. Defaults to false. */
  readonly uncertain?: boolean;
}

/** The store could not do what it was asked to: a full disk, say, or a server that does not answer. */
export class StoreFailedError extends NotificationError {
  constructor(what: string, options?: StoreFailedOptions) {
    super(
      'store_failed',
      503,
      options?.uncertain === true
        ? `the connection to the store broke while it was to ${what}, and it is not known whether it did; repeat it with the same idempotencyKey`
        : `the store could not ${what}; nothing was stored`,
      options,
    );
  }
}
