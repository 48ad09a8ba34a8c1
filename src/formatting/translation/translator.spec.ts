import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NotificationType } from '../../model/notification.js';
import { phraseProblems } from '../../model/phrase-rules.js';
import { BUILT_IN_LANGUAGES } from '../../model/phrases.js';
import { CATALOGUE } from './catalogue.js';
import { translatorFor } from './translator.js';

const people = (names: readonly string[]) => names.map((name) => ({ id: `id of ${name}`, name }));

describe('translators', () => {
  it.each([
    [[], undefined],
    [['Ann'], 'Ann'],
    [['Ann', 'Bob'], 'Ann and Bob'],
    [['Ann', 'Bob', 'Cy'], 'Ann, Bob and Cy'],
    [['Ann', 'Bob', 'Ann', 'Cy', 'Di', 'Ed'], 'Ann, Bob and 3 others'],
  ])('%j is %j', (names, summary) => {
    expect(translatorFor().actors([undefined, ...people(names)])).toBe(summary);
  });

  it('show the id of an actor without a name', () => {
    expect(translatorFor().actors([{ id: '7' }, { id: '8', name: ' ' }])).toBe('7 and 8');
  });

  it.each([
    ['en', '1,200 alerts', '3 build failed notifications', 'Ann, Bob and 2 others', 'and 4 more'],
    ['de-AT', '1 200 Warnungen', '3 Benachrichtigungen „build failed“', 'Ann, Bob und 2 weitere', 'und 4 weitere'],
    ['fr', '1 200 alertes', '3 notifications « build failed »', 'Ann, Bob et 2 autres', 'et 4 de plus'],
    ['es', '1200 alertas', '3 notificaciones «build failed»', 'Ann, Bob y 2 más', 'y 4 más'],
    ['it', '1200 avvisi', '3 notifiche «build failed»', 'Ann, Bob e altri 2', 'e altri 4'],
    ['nl', '1.200 waarschuwingen', '3 meldingen ‘build failed’', 'Ann, Bob en 2 anderen', 'en nog 4'],
    ['pt-BR', '1.200 alertas', '3 notificações «build failed»', 'Ann, Bob e outros 2', 'e mais 4'],
    ['sv', '1 200 varningar', '3 aviseringar ”build failed”', 'Ann, Bob och 2 andra', 'och 4 till'],
    ['pl', '1200 alertów', '3 powiadomienia „build failed”', 'Ann, Bob i 2 inne osoby', 'i jeszcze 4'],
    ['tr', '1.200 uyarı', '3 “build failed” bildirimi', 'Ann, Bob ve 2 kişi daha', 've 4 tane daha'],
    ['ja-JP', 'アラート1,200件', '「build failed」の通知3件', 'Ann、Bob、他2名', '他4件'],
    ['zh-CN', '1,200 条警报', '3 条“build failed”通知', 'Ann、Bob和另外 2 人', '还有 4 条'],
    ['zh-TW', '1,200 則警示', '3 則「build failed」通知', 'Ann、Bob和另外 2 人', '還有 4 則'],
    ['ko', '경보 1,200건', '“build failed” 알림 3건', 'Ann, Bob 및 다른 2명', '그 외 4건'],
    ['ar', '1,200 تنبيه', '3 إشعارات من نوع «build failed»', 'Ann وBob وشخصان آخران', 'و4 أخرى'],
    ['iw', '1,200 התרעות', '3 התראות מסוג "build failed"', 'Ann, Bob ועוד שני אנשים', 'ועוד 4'],
  ])('in %s', (locale, alerts, own, actors, more) => {
    const translator = translatorFor(locale);
    const said = [
      translator.summary(1200, [{ type: 'alert', count: 1200 }]),
      translator.summary(3, [{ type: 'build_failed', count: 3 }]),
      translator.actors(people(['Ann', 'Bob', 'Cy', 'Di'])),
      translator.andMore(4),
    ];
    // CLDR separates thousands with one space or another.
    expect(said.map((text) => text?.replace(/[\u00a0\u202f]/g, ' '))).toEqual([alerts, own, actors, more]);
  });

  it.each(['xx', 'fi-FI', 'de_', 'not a locale', '', '__proto__', 'constructor'])('%j reads English', (locale) => {
    expect(translatorFor(locale)).toMatchObject({ locale: 'en' });
    expect(translatorFor(locale).typeCount('reminder', 2)).toBe('2 reminders');
  });

  it('take the plural form of the number', () => {
    const alerts = (locale: string, counts: readonly number[]): readonly string[] =>
      counts.map((count) => translatorFor(locale).typeCount('alert', count));
    expect(alerts('pl', [1, 2, 5, 22, 112])).toEqual(['1 alert', '2 alerty', '5 alertów', '22 alerty', '112 alertów']);
    expect(alerts('ar', [1, 2, 3, 11, 100])).toEqual(['تنبيه واحد', 'تنبيهان', '3 تنبيهات', '11 تنبيهًا', '100 تنبيه']);
    expect(alerts('he', [1, 2, 3])).toEqual(['התרעה אחת', 'שתי התרעות', '3 התרעות']);
  });

  it('know which way they are written', () => {
    const rightToLeft = BUILT_IN_LANGUAGES.filter((language) => translatorFor(language).direction === 'rtl');
    expect(rightToLeft).toEqual(['ar', 'he']);
    expect(translatorFor('xx').direction).toBe('ltr');
  });

  it.each(BUILT_IN_LANGUAGES)('of %s have every phrase, plural form and placeholder', (language) => {
    expect(phraseProblems(language, CATALOGUE[language], [])).toEqual([]);
    expect(translatorFor(language).locale).toBe(language);
  });

  it('say the number and the name in every language, whatever the name', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...BUILT_IN_LANGUAGES),
        fc.integer({ min: 3, max: 999 }),
        fc.oneof(fc.string(), fc.constantFrom('$&', '#', '{count}', '{brand}', '{address}', "$'")),
        (locale, count, name) => {
          const translator = translatorFor(locale);
          const number = translator.number(count);
          expect(translator.from(name)).toContain(name);
          expect(translator.reason(name, 'ann@example.com')).toContain(name);
          expect(translator.reason('Shop', name)).toContain(name);
          expect(translator.reason(name, undefined)).toContain(name);
          for (const text of [translator.times(count), translator.andMore(count)]) expect(text).toContain(number);
          for (const type of Object.values(NotificationType)) expect(translator.typeCount(type, count)).toContain(number);
          const own = translator.summary(count, [{ type: 'own_type', count }]);
          expect([own.includes(number), own.includes('own type')]).toEqual([true, true]);
        },
      ),
    );
  });
});

describe('phrases of a host', () => {
  const own = {
    de: {
      open: 'Aufmachen',
      types: { build_failed: { name: 'Fehlschlag', one: '{count} Fehlschlag', other: '{count} Fehlschläge' } },
    },
    'de-CH': { open: 'Ufmache' },
    fi: { ...CATALOGUE.en, notifications: '{count} ilmoitusta' },
  };

  it('come before those that are built in, the most specific first', () => {
    expect(['de', 'de-AT', 'de-CH', 'fr'].map((locale) => translatorFor(locale, own).label('open'))).toEqual([
      'Aufmachen',
      'Aufmachen',
      'Ufmache',
      'Ouvrir',
    ]);
    expect(translatorFor('de', own).summary(3, [{ type: 'build_failed', count: 3 }])).toBe('3 Fehlschläge');
    expect(translatorFor('de', own).typeName('alert')).toBe('Warnung');
    expect(translatorFor('de').label('open')).toBe('Öffnen');
  });

  it('may be those of a language that is not built in', () => {
    const translator = translatorFor('fi-FI', own);
    expect([translator.locale, translator.summary(2, []).split(':')[0]]).toEqual(['fi-FI', '2 ilmoitusta']);
    expect(translatorFor('fi-FI').locale).toBe('en');
  });
});
