import { type DeliverySet } from './delivery-set.js';
import { type Delivery, type OpenWindow } from './rows.js';
import { type WindowSet } from './window-set.js';

/** The live deliveries with a dedupe key in the windows that one transaction looks at: what is written is read once, what joins since is known. */
export class DedupeIndex {
  private readonly read = new Set<string>();

  constructor(
    private readonly deliveries: DeliverySet,
    private readonly windows: WindowSet,
  ) {}

  /** Has at hand what windows hold under some keys. */
  async load(wanted: readonly { readonly window: OpenWindow; readonly key: string }[]): Promise<void> {
    const unknown = wanted.filter(({ window, key }) => this.windows.wasRead(window) && !this.read.has(nameOf(window, key)));
    for (const { window, key } of unknown) this.read.add(nameOf(window, key));
    await this.deliveries.loadKeyed(
      unknown.map(({ window }) => window.id),
      unknown.map(({ key }) => key),
    );
  }

  /** The live delivery of a window with this key. */
  async find(window: OpenWindow, key: string): Promise<Delivery | undefined> {
    await this.load([{ window, key }]);
    return this.deliveries.keyed(window.id, key);
  }
}

function nameOf({ id }: OpenWindow, key: string): string {
  return `${id} ${key}`;
}
