import { NotificationType } from '../model/notification.js';

/** Configured types that have their own label. */
const MAX_TYPES = 50;
/** The label of every other type. */
const OTHER_TYPES = 'other';

/** Types as labels of metrics: callers may use any, so that only the built-in ones and those that rules name have their own label. */
export class TypeLabels {
  private readonly known: ReadonlySet<string>;

  constructor(rules: readonly { readonly type?: string | undefined }[]) {
    const configured = new Set(rules.flatMap(({ type }) => (type === undefined ? [] : [type])));
    this.known = new Set([...Object.values(NotificationType), ...[...configured].slice(0, MAX_TYPES)]);
  }

  of(type: string): string {
    return this.known.has(type) ? type : OTHER_TYPES;
  }
}
