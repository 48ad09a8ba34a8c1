/** What the page for preferences says in one language. `#` stands for a type or for who sends. */
export interface PagePhrases {
  readonly title: string;
  /** Above the form: of whose mails it is. */
  readonly from: string;
  readonly intro: string;
  readonly types: string;
  readonly required: string;
  readonly locked: string;
  readonly howOften: string;
  readonly frequencies: Readonly<Record<'default' | 'immediate' | 'hourly' | 'daily' | 'weekly' | 'keep', string>>;
  readonly save: string;
  readonly allOff: string;
  readonly saved: string;
  readonly stopped: string;
  readonly undo: string;
  readonly stop: string;
  readonly stopTogether: string;
  readonly invalid: string;
  readonly invalidWhy: string;
}

/** By language subtag. Readers of others get English. */
const PAGE_PHRASES = {
  en: {
    title: 'Notification settings',
    from: 'E-mails from #',
    intro: 'Choose which e-mails you get. Nothing changes until you press a button.',
    types: 'E-mails that you get',
    required: 'always sent',
    locked: 'set by your organisation',
    howOften: 'How often',
    frequencies: {
      default: 'As usual',
      immediate: 'At once',
      hourly: 'Once an hour',
      daily: 'Once a day',
      weekly: 'Once a week',
      keep: 'As set before',
    },
    save: 'Save',
    allOff: 'Turn all off',
    saved: 'Your settings were saved.',
    stopped: 'You will no longer get: #',
    undo: 'Undo',
    stop: 'Unsubscribe from: #',
    stopTogether: 'Unsubscribe from these e-mails',
    invalid: 'This link is not valid',
    invalidWhy: 'It is incomplete, or no longer in use. Open the link in a newer e-mail.',
  },
  de: {
    title: 'Benachrichtigungen einstellen',
    from: 'E-Mails von #',
    intro: 'Wählen Sie, welche E-Mails Sie bekommen. Es ändert sich nichts, bevor Sie eine Schaltfläche drücken.',
    types: 'E-Mails, die Sie bekommen',
    required: 'wird immer gesendet',
    locked: 'von Ihrer Organisation festgelegt',
    howOften: 'Wie oft',
    frequencies: {
      default: 'Wie üblich',
      immediate: 'Sofort',
      hourly: 'Einmal pro Stunde',
      daily: 'Einmal am Tag',
      weekly: 'Einmal pro Woche',
      keep: 'Wie bisher eingestellt',
    },
    save: 'Speichern',
    allOff: 'Alle abbestellen',
    saved: 'Ihre Einstellungen wurden gespeichert.',
    stopped: 'Sie bekommen nicht mehr: #',
    undo: 'Rückgängig machen',
    stop: 'Abbestellen: #',
    stopTogether: 'Diese E-Mails abbestellen',
    invalid: 'Dieser Link ist ungültig',
    invalidWhy: 'Er ist unvollständig oder nicht mehr in Gebrauch. Öffnen Sie den Link in einer neueren E-Mail.',
  },
  fr: {
    title: 'Réglages des notifications',
    from: 'E-mails de #',
    intro: 'Choisissez les e-mails que vous recevez. Rien ne change avant que vous appuyiez sur un bouton.',
    types: 'E-mails que vous recevez',
    required: 'toujours envoyé',
    locked: 'fixé par votre organisation',
    howOften: 'À quelle fréquence',
    frequencies: {
      default: 'Comme d’habitude',
      immediate: 'Immédiatement',
      hourly: 'Une fois par heure',
      daily: 'Une fois par jour',
      weekly: 'Une fois par semaine',
      keep: 'Comme réglé auparavant',
    },
    save: 'Enregistrer',
    allOff: 'Tout désactiver',
    saved: 'Vos réglages ont été enregistrés.',
    stopped: 'Vous ne recevrez plus : #',
    undo: 'Annuler',
    stop: 'Se désabonner : #',
    stopTogether: 'Se désabonner de ces e-mails',
    invalid: 'Ce lien n’est pas valable',
    invalidWhy: 'Il est incomplet ou n’est plus utilisé. Ouvrez le lien d’un e-mail plus récent.',
  },
  es: {
    title: 'Ajustes de notificaciones',
    from: 'Correos de #',
    intro: 'Elija qué correos recibe. Nada cambia hasta que pulse un botón.',
    types: 'Correos que recibe',
    required: 'se envía siempre',
    locked: 'fijado por su organización',
    howOften: 'Con qué frecuencia',
    frequencies: {
      default: 'Como siempre',
      immediate: 'Al momento',
      hourly: 'Una vez por hora',
      daily: 'Una vez al día',
      weekly: 'Una vez por semana',
      keep: 'Como estaba ajustado',
    },
    save: 'Guardar',
    allOff: 'Desactivar todos',
    saved: 'Sus ajustes se han guardado.',
    stopped: 'Ya no recibirá: #',
    undo: 'Deshacer',
    stop: 'Cancelar la suscripción: #',
    stopTogether: 'Cancelar la suscripción a estos correos',
    invalid: 'Este enlace no es válido',
    invalidWhy: 'Está incompleto o ya no se usa. Abra el enlace de un correo más reciente.',
  },
  it: {
    title: 'Impostazioni delle notifiche',
    from: 'E-mail di #',
    intro: 'Scelga quali e-mail ricevere. Nulla cambia finché non preme un pulsante.',
    types: 'E-mail che riceve',
    required: 'sempre inviato',
    locked: 'stabilito dalla sua organizzazione',
    howOften: 'Con quale frequenza',
    frequencies: {
      default: 'Come di consueto',
      immediate: 'Subito',
      hourly: 'Una volta all’ora',
      daily: 'Una volta al giorno',
      weekly: 'Una volta alla settimana',
      keep: 'Come già impostato',
    },
    save: 'Salva',
    allOff: 'Disattiva tutte',
    saved: 'Le impostazioni sono state salvate.',
    stopped: 'Non riceverà più: #',
    undo: 'Annulla',
    stop: 'Annulla l’iscrizione: #',
    stopTogether: 'Annulla l’iscrizione a queste e-mail',
    invalid: 'Questo link non è valido',
    invalidWhy: 'È incompleto o non è più in uso. Apra il link di un’e-mail più recente.',
  },
  nl: {
    title: 'Meldingen instellen',
    from: 'E-mails van #',
    intro: 'Kies welke e-mails u krijgt. Er verandert niets voordat u op een knop drukt.',
    types: 'E-mails die u krijgt',
    required: 'wordt altijd verzonden',
    locked: 'ingesteld door uw organisatie',
    howOften: 'Hoe vaak',
    frequencies: {
      default: 'Zoals gewoonlijk',
      immediate: 'Direct',
      hourly: 'Eén keer per uur',
      daily: 'Eén keer per dag',
      weekly: 'Eén keer per week',
      keep: 'Zoals eerder ingesteld',
    },
    save: 'Opslaan',
    allOff: 'Alles uitzetten',
    saved: 'Uw instellingen zijn opgeslagen.',
    stopped: 'U krijgt niet meer: #',
    undo: 'Ongedaan maken',
    stop: 'Afmelden voor: #',
    stopTogether: 'Afmelden voor deze e-mails',
    invalid: 'Deze link is niet geldig',
    invalidWhy: 'Hij is onvolledig of niet meer in gebruik. Open de link in een nieuwere e-mail.',
  },
  pt: {
    title: 'Definições das notificações',
    from: 'E-mails de #',
    intro: 'Escolha que e-mails recebe. Nada muda até carregar num botão.',
    types: 'E-mails que recebe',
    required: 'sempre enviado',
    locked: 'definido pela sua organização',
    howOften: 'Com que frequência',
    frequencies: {
      default: 'Como habitualmente',
      immediate: 'De imediato',
      hourly: 'Uma vez por hora',
      daily: 'Uma vez por dia',
      weekly: 'Uma vez por semana',
      keep: 'Como definido antes',
    },
    save: 'Guardar',
    allOff: 'Desativar todos',
    saved: 'As definições foram guardadas.',
    stopped: 'Deixará de receber: #',
    undo: 'Anular',
    stop: 'Cancelar a subscrição: #',
    stopTogether: 'Cancelar a subscrição destes e-mails',
    invalid: 'Esta ligação não é válida',
    invalidWhy: 'Está incompleta ou já não é usada. Abra a ligação de um e-mail mais recente.',
  },
} as const satisfies Readonly<Record<string, PagePhrases>>;

/** The phrases of a language, BCP 47, and its subtag; English for one that is not known. */
export function pagePhrasesFor(locale = 'en'): { readonly language: string; readonly phrases: PagePhrases } {
  const language = locale.split('-')[0]?.toLowerCase() ?? '';
  return isSpoken(language) ? { language, phrases: PAGE_PHRASES[language] } : { language: 'en', phrases: PAGE_PHRASES.en };
}

function isSpoken(language: string): language is keyof typeof PAGE_PHRASES {
  return Object.hasOwn(PAGE_PHRASES, language);
}
