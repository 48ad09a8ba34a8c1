import { NotificationTransport, type SendResult, type Transport } from '../../src/index.js';

/** Refuses every address for good. */
@NotificationTransport('refusing')
export class RefusingTransport implements Transport {
  send(messages: readonly unknown[]): Promise<readonly SendResult[]> {
    const failure = { reason: 'address_rejected', message: '550 5.1.1 no such user' } as const;
    return Promise.resolve(messages.map(() => ({ status: 'failed', kind: 'permanent', failure })));
  }
}
