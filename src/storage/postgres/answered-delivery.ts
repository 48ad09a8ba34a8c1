import { type AcceptedDelivery, type AcceptedNotification } from '../../model/delivery.js';
import { routeAt } from '../persisted.js';
import { type Answer } from './answers.js';
import { type Context } from './context.js';

/** A delivery of a first answer, as it is stored with the key. The channel is left out where all have that of the notification. */
export type AnsweredDelivery = readonly [id: number, address: string, message: number, route: number, channel?: string];

/** What a key was answered first, said again. */
export function firstAnswer(context: Context, channel: string, answer: Answer): AcceptedNotification {
  return acceptedNotification({ context }, channel, answeredBy(answer), true);
}

export function answeredBy({ answer }: Answer): readonly AnsweredDelivery[] {
  return JSON.parse(answer) as readonly AnsweredDelivery[];
}

/** The same word for word whenever it is given, wherever its deliveries are then. */
export function acceptedNotification(
  { context }: { readonly context: Context },
  onlyChannel: string,
  answer: readonly AnsweredDelivery[],
  duplicate: boolean,
): AcceptedNotification {
  return {
    notificationId: context.publicId('n', answer[0]?.[0] ?? 0),
    deliveries: answer.map(([id, to, message, route, channel = onlyChannel]): AcceptedDelivery => {
      return {
        id: context.publicId('d', id),
        to,
        channel,
        route: routeAt(route),
        messageId: context.publicId('m', message),
        duplicate,
      };
    }),
  };
}
