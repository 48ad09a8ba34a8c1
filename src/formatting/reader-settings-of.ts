import { type ClaimedMessage } from '../model/message.js';
import { type ReaderSettings } from '../model/reader-settings.js';

/**
 * What is known of the reader of a message: of each part what its newest notification says that says it, else what was looked up.
 *
 * @param known what the look-up answered, by default what stands in the message
 */
export function readerSettingsOf({ entries, readerSettings }: ClaimedMessage, known = readerSettings): ReaderSettings {
  const locale = entries.findLast(({ content }) => content.locale !== undefined)?.content.locale ?? known?.locale;
  const timeZone = entries.findLast(({ content }) => content.timeZone !== undefined)?.content.timeZone ?? known?.timeZone;
  return { ...(locale === undefined ? {} : { locale }), ...(timeZone === undefined ? {} : { timeZone }) };
}
