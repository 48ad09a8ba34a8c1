import { type Translator } from '../translation/translator.js';
import { type Digest, type DigestGroup } from './digest.js';

/** More is not read in a list of mails. */
const HEADLINE_CHARACTERS = 160;

/** What a digest is called, and what its groups are. */
export interface Headline {
  /** "3 alerts: Disk of web-3, db-12 is 91, 97 % full", or how many of what there are. */
  readonly text: string;
  /** What stands above the entries of a group; undefined for a single one, where they have nothing in common, and where the headline says it. */
  readonly headingOf: (group: DigestGroup) => string | undefined;
}

/**
 * The headline of a digest: how many of what, and what all have in common where everything is of one group and one type.
 *
 * @param limit most characters with what they have in common
 */
export function headlineOf(
  digest: Pick<Digest, 'count' | 'types' | 'groups' | 'hidden'>,
  translator: Translator,
  limit = HEADLINE_CHARACTERS,
): Headline {
  const summary = translator.summary(digest.count, digest.types);
  const [group, ...others] = digest.groups;
  const common = others.length === 0 && digest.hidden === 0 && digest.types.length === 1 ? group?.common : undefined;
  const text = `${summary}: ${common ?? ''}`;
  if (common !== undefined && text.length <= limit) return { text, headingOf: () => undefined };
  return { text: summary, headingOf: ({ entries, common: heading }) => (entries.length > 1 ? heading : undefined) };
}
