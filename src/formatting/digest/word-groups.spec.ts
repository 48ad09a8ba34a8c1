import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { similarityOf } from '../../model/content-similarity.js';
import { contentWords } from '../../model/content-words.js';
import { wordGroups } from './word-groups.js';

/** Titles as monitoring, builds, teams and shops write them, by what they are. */
const LABELLED: readonly (readonly string[])[] = [
  ['Disk of web-3 is 91 % full', 'Disk of db-12 is 97 % full', 'Disk of mail-1 is 88 % full', 'Disk of files is 90 % full'],
  [
    'Build 4711 of api failed after 3 minutes',
    'Build 4712 of web failed after 41 minutes',
    'Build 98 of worker failed after 7 minutes',
  ],
  ['Build 4711 of api passed after 3 minutes', 'Build 31 of web passed after 9 minutes'],
  ['Backup of db-1 finished in 31 minutes', 'Backup of db-2 finished in 28 minutes', 'Backup of files finished in 3 minutes'],
  ['Backup of db-1 failed after 3 minutes', 'Backup of db-2 failed after 12 minutes'],
  ['Ann commented on "Budget 2026"', 'Bob Smith commented on "Offsite in May"', 'Chloe commented on "Roadmap"'],
  ['Connection from 10.0.0.1:5432 closed by peer', 'Connection from 192.168.1.7:22 closed by peer'],
  ['Invoice INV-2041 over 1,200.00 EUR is due on 2026-12-01', 'Invoice INV-2077 over 80.50 EUR is due on 2026-12-24'],
  ['Certificate of shop.example.com expires in 9 days', 'Certificate of api.example.org expires in 21 days'],
  ['ann@example.com asks for access to /srv/reports/q3', 'bob@example.org asks for access to /home/shared'],
  ['Deploy of 3f2a9c1d to production done', 'Deploy of 77ab01ce to production done'],
  ['Ann Lee joined the team', 'Bob joined the team', 'Dana Oz joined the team'],
  ['Server web-3 is down', 'Server db-1 is down'],
  ['Server web-3 is up again', 'Server db-1 is up again'],
];
const OPPOSITES: readonly (readonly [string, string])[] = [
  ['backup finished', 'backup failed'],
  ['Nightly backup of the customer database on db-1 finished', 'Nightly backup of the customer database on db-1 failed'],
  ['All data was copied to the vault successfully', 'Data was not copied to the vault'],
  ['Server web-3 in the rack of Vienna is down', 'Server web-3 in the rack of Vienna is up'],
  ['The payment of order 17 was accepted by the bank', 'The payment of order 17 was rejected by the bank'],
  ['The certificate of the shop could be renewed today', "The certificate of the shop couldn't be renewed today"],
  ['Die Sicherung der Datenbank auf db-1 ist abgeschlossen', 'Die Sicherung der Datenbank auf db-1 ist fehlgeschlagen'],
  ['Le déploiement du service de paiement est terminé', 'Le déploiement du service de paiement a échoué'],
  ['Ann was added to the project of the new shop', 'Ann was removed from the project of the new shop'],
];

/** The same order on each run: like ones do not come one after the other. */
function shuffled(): readonly { readonly title: string; readonly label: number }[] {
  const all = LABELLED.flatMap((titles, label) => titles.map((title) => ({ title, label })));
  return all
    .map((one, index) => ({ one, place: (index * 17) % all.length }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);
}

describe('groups of titles that are worded alike', () => {
  it('put together what is of one kind, and nothing else', () => {
    const all = shuffled();
    const groups = wordGroups(all.map(({ title }) => title));
    let [together, right, wanted] = [0, 0, 0];
    for (let a = 0; a < all.length; a++) {
      for (let b = a + 1; b < all.length; b++) {
        const same = all[a]!.label === all[b]!.label;
        if (same) wanted++;
        if (groups[a] !== groups[b]) continue;
        together++;
        if (same) right++;
      }
    }
    expect(right / together).toBe(1);
    // Names of two words in short titles are missed, where no actor tells what a name is.
    expect(right / wanted).toBeGreaterThan(0.8);
  });

  it.each(OPPOSITES)('never put together %j and %j', (a, b) => {
    expect(new Set(wordGroups([a, b])).size).toBe(2);
    expect(new Set(wordGroups([b, a])).size).toBe(2);
  });

  it('hold what is alike to their first title, and leave nothing apart that is the same', () => {
    const titles = fc.array(
      fc.array(fc.constantFrom('build', 'on', 'server', 'user', 'joined', 'the', 'team', 'late', '12', 'web-3', 'failed'), {
        minLength: 1,
        maxLength: 8,
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(titles, (all) => {
        const texts = all.map((words) => words.join(' '));
        const groups = wordGroups(texts);
        groups.forEach((group, index) => {
          const first = texts[groups.indexOf(group)] ?? '';
          expect(
            similarityOf(contentWords({ title: first }), contentWords({ title: texts[index] ?? '' })),
          ).toBeGreaterThanOrEqual(0.6);
          expect(groups[texts.indexOf(texts[index] ?? '')]).toBe(group);
        });
      }),
    );
  });

  it('compare few of a thousand titles that share words, so that the work grows only with their number', () => {
    const words = Array.from({ length: 300 }, (_, i) => String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26)));
    const titles = (count: number): readonly string[] =>
      Array.from(
        { length: count },
        (_, i) => `the new ${words[i % 300]} of ${words[(i * 7 + 3) % 300]} and ${words[(i * 11) % 300]} x${words[i % 299]}`,
      );
    const processorMs = (count: number): number => {
      const all = titles(count);
      const before = process.cpuUsage();
      wordGroups(all);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000;
    };
    processorMs(1_000);
    // Comparing all would take 64 times as long for eight times as many.
    expect(processorMs(8_000)).toBeLessThan(24 * Math.max(processorMs(1_000), 5));
  });
});
