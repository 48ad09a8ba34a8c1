import { SimilarityGroups } from '../../model/content-similarity.js';
import { type NotificationContent } from '../../model/notification.js';
import { type WindowPolicy } from '../../model/window.js';
import { type Allowances } from './allowances.js';
import { type DedupeIndex } from './dedupe-index.js';
import { hashOf } from './keys.js';
import { isWindow, type LikeGroup, type Message } from './message.js';
import { type MessageSet } from './message-set.js';
import { type Tx } from './tx.js';

/** What counts of a text: see `contentWords`. */
const SAMPLE_CHARACTERS = 600;
/** The field that all of a base share: it changes with everything that is open there. */
const VERSION = 'v';

/** What groups are read from. */
interface Sources {
  readonly tx: Tx;
  readonly messages: MessageSet;
  readonly allowances: Allowances;
  readonly dedupe: DedupeIndex;
}

interface Opener {
  readonly id: string;
  readonly opener: number;
  readonly like: LikeGroup;
}

/** The groups of like contents: those of one base change together, so that two instances do not open a group each for contents that are alike. */
export class LikeGroups {
  private readonly changed = new Set<string>();

  constructor(private readonly sources: Sources) {}

  /** Reads what is open of bases, by their hashes. */
  async load(bases: readonly string[]): Promise<void> {
    await this.sources.tx.load(bases.map((base) => [`lb:${base}`, VERSION]));
  }

  /** The groups of a base as this transaction has them. */
  async of(base: string): Promise<SimilarityGroups> {
    const { tx, messages, allowances, dedupe } = this.sources;
    const baseHash = hashOf(base);
    await this.load([baseHash]);
    const [fields] = (await tx.read([['HKEYS', `lb:${baseHash}`]])) as readonly [readonly string[]];
    await messages.load(fields.flatMap((field) => (field.startsWith('w') ? [Number(field.slice(1))] : [])));
    const keys = fields.flatMap((field) => (field.startsWith('a') ? [field.slice(1)] : []));
    await allowances.load(keys);
    const windows = messages.all().filter((message) => isWindow(message) && message.like?.base === baseHash);
    const openers: Opener[] = windows.flatMap(({ id, like, policy }) => {
      // One whose policy does not look at content any more takes nothing in.
      if (like === undefined || policy?.similarity === undefined) return [];
      return [{ id: `window ${id}`, opener: like.opener, like: { ...like, similarity: policy.similarity } }];
    });
    for (const key of new Set([...keys, ...allowances.setOf(baseHash)])) {
      const allowance = allowances.get(key);
      if (allowance?.like?.base === baseHash)
        openers.push({ id: `allowance ${key}`, opener: allowance.opener, like: allowance.like });
    }
    const groups = new SimilarityGroups();
    for (const { id, like } of openers.sort((a, b) => a.opener - b.opener)) {
      groups.add(id, like.name, base, { title: like.sample }, like.similarity);
    }
    for (const window of windows.toSorted((a, b) => a.id - b.id)) {
      for (const key of await dedupe.all(window)) groups.addKeyed(window.like?.name ?? '', base, key);
    }
    return groups;
  }

  /** An allowance of a base is set. */
  touch(like: LikeGroup | undefined): void {
    if (like !== undefined) this.changed.add(like.base);
  }

  /** Hands what changed to the transaction. */
  async finish(changes: readonly { readonly before: Message | undefined; readonly after: Message | undefined }[]): Promise<void> {
    const { tx } = this.sources;
    for (const { before, after } of changes) {
      const [was, is] = [openLike(before), openLike(after)];
      const id = after?.id ?? before?.id ?? 0;
      if (was !== undefined) this.changed.add(was.base);
      if (is !== undefined) this.changed.add(is.base);
      if (was !== undefined && was.base !== is?.base) tx.write('HDEL', `lb:${was.base}`, `w${id}`);
      if (is !== undefined && is.base !== was?.base) tx.write('HSET', `lb:${is.base}`, `w${id}`, '');
    }
    await this.load([...this.changed]);
    for (const base of this.changed) {
      // A value that no other transaction writes.
      tx.put(`lb:${base}`, VERSION, tx.version);
      tx.write('SWEEP', `lb:${base}`);
    }
  }
}

function openLike(message: Message | undefined): LikeGroup | undefined {
  return message?.state === 'gathering' ? message.like : undefined;
}

/** The group that a content opens. */
export function likeGroup(
  base: string,
  name: string,
  opener: number,
  { title, body = '' }: Pick<NotificationContent, 'title' | 'body'>,
  { similarity }: WindowPolicy,
): LikeGroup | undefined {
  if (similarity === undefined) return undefined;
  return { base: hashOf(base), name, sample: `${title} ${body}`.slice(0, SAMPLE_CHARACTERS), similarity, opener };
}
