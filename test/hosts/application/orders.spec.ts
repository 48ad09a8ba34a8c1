import 'reflect-metadata';
import { Test } from '@nestjs/testing';
import { createNotificationTestingModule } from 'nestjs-digest/testing';
import { Orders } from './orders.js';

// `describe`, `it` and `expect` are globals of the host's runner.
describe('Orders', () => {
  it('tells a customer of two orders in one mail', async () => {
    const notifications = createNotificationTestingModule({ aggregation: { rules: [{ windowMs: 60_000, maxCount: 10 }] } });
    const app = await Test.createTestingModule({ imports: [notifications.module], providers: [Orders] }).compile();
    await app.init();
    await app.get(Orders).place('1', 'ann@example.com');
    await app.get(Orders).place('2', 'ann@example.com');
    await notifications.advance(60_000);
    expect(notifications.transport('email').sent.map(({ titles }) => titles)).toEqual([['Order 1', 'Order 2']]);
    await app.close();
  });
});
