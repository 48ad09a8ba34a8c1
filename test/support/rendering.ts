import { type ResolvedOptions } from '../../src/config/options.js';
import { resolveOptions } from '../../src/config/resolve.js';
import { FormatterRegistry } from '../../src/formatting/formatter-registry.js';
import { MessageGroups } from '../../src/formatting/message-groups.js';
import { MessageReaders } from '../../src/formatting/message-readers.js';
import { MessageRenderer } from '../../src/formatting/message-renderer.js';
import { NotificationEvents } from '../../src/model/notification-events.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

export interface RenderingSettings extends Partial<Pick<ResolvedOptions, 'readerSettings' | 'digest'>> {
  readonly formatting?: Partial<ResolvedOptions['formatting']>;
  readonly clock?: ManualClock;
  readonly events?: NotificationEvents;
}

/** Formatters and what renders by them, as the module wires them. */
export function rendering({
  readerSettings,
  digest = resolveOptions({}, {}).digest,
  formatting,
  clock = new ManualClock(),
  events = new NotificationEvents(),
}: RenderingSettings = {}) {
  const options = { readerSettings, digest, formatting: { ...resolveOptions({}, {}).formatting, ...formatting } };
  const formatters = new FormatterRegistry(events, clock, options);
  return {
    clock,
    events,
    formatters,
    renderer: new MessageRenderer(
      new MessageReaders(clock, events, options),
      new MessageGroups(clock, events, options),
      formatters,
      options,
    ),
  };
}
