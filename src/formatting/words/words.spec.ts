import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NotificationType } from '../../model/notification.js';
import { PHRASES } from './phrases.js';
import { wordsFor } from './words.js';

const people = (names: readonly string[]) => names.map((name) => ({ id: `id of ${name}`, name }));

describe('words', () => {
  it.each([
    [[], undefined],
    [['Ann'], 'Ann'],
    [['Ann', 'Bob'], 'Ann and Bob'],
    [['Ann', 'Bob', 'Cy'], 'Ann, Bob and Cy'],
    [['Ann', 'Bob', 'Ann', 'Cy', 'Di', 'Ed'], 'Ann, Bob and 3 others'],
  ])('%j is %j', (names, summary) => {
    expect(wordsFor().actors([undefined, ...people(names)])).toBe(summary);
  });

  it('show the id of an actor without a name', () => {
    expect(wordsFor().actors([{ id: '7' }, { id: '8', name: ' ' }])).toBe('7 and 8');
  });

  it.each([
    ['en', '1,200 alerts', '3 build failed notifications', 'Ann, Bob and 2 others', 'and 4 more'],
    ['de-AT', '1 200 Warnungen', '3 Benachrichtigungen „build failed“', 'Ann, Bob und 2 weitere', 'und 4 weitere'],
    ['fr', '1 200 alertes', '3 notifications « build failed »', 'Ann, Bob et 2 autres', 'et 4 de plus'],
    ['es', '1200 alertas', '3 notificaciones «build failed»', 'Ann, Bob y 2 más', 'y 4 más'],
    ['it', '1200 avvisi', '3 notifiche «build failed»', 'Ann, Bob e altri 2', 'e altri 4'],
    ['nl', '1.200 waarschuwingen', '3 meldingen ‘build failed’', 'Ann, Bob en 2 anderen', 'en nog 4'],
    ['pt-BR', '1.200 alertas', '3 notificações «build failed»', 'Ann, Bob e outros 2', 'e mais 4'],
  ])('in %s', (locale, alerts, own, actors, more) => {
    const words = wordsFor(locale);
    const said = [
      words.summary(1200, [{ type: 'alert', count: 1200 }]),
      words.summary(3, [{ type: 'build_failed', count: 3 }]),
      words.actors(people(['Ann', 'Bob', 'Cy', 'Di'])),
      words.andMore(4),
    ];
    // CLDR separates thousands with one space or another.
    expect(said.map((text) => text?.replace(/[\u00a0\u202f]/g, ' '))).toEqual([alerts, own, actors, more]);
  });

  it.each(['xx', 'ja-JP', 'de_', 'not a locale', '', '__proto__', 'constructor'])('%j reads English', (locale) => {
    expect(wordsFor(locale)).toMatchObject({ locale: 'en' });
    expect(wordsFor(locale).typeCount('reminder', 2)).toBe('2 reminders');
  });

  it('say the number and the name in every language, whatever the name', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(PHRASES)),
        fc.integer({ min: 2, max: 999 }),
        fc.oneof(fc.string(), fc.constantFrom('$&', '#', '%', "$'")),
        (locale, count, name) => {
          const words = wordsFor(locale);
          expect(words.from(name)).toContain(name);
          expect(words.by(name)).toContain(name);
          for (const text of [words.times(count), words.andMore(count)]) expect(text).toContain(String(count));
          for (const type of Object.values(NotificationType)) expect(words.typeCount(type, count)).toContain(String(count));
          expect(words.summary(count, [{ type: 'own_type', count }])).toMatch(new RegExp(`^${count} .*own type`));
        },
      ),
    );
  });
});
