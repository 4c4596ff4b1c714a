/** Words of the card that the hub does not send. */
export interface CardWords {
  readonly title: string
  readonly loading: string
  readonly unknown: string
  readonly unreachable: string
  readonly again: string
  readonly segments: string
  readonly noSegments: string
  readonly since: string
  readonly why: string
  /** Between a word and what it is about. */
  readonly colon: string
  readonly consents: string
  readonly noConsents: string
  readonly decided: string
  readonly source: string
  readonly audiences: string
  readonly noAudiences: string
  readonly isIn: string
  readonly isNotIn: string
}

const english: CardWords = {
  title: 'Not known yet',
  loading: 'Asking the hub …',
  unknown: 'The hub does not know this contact yet. It learns of new contacts with its next pull.',
  unreachable: 'The hub could not be reached, or refused to answer. Ask whoever runs it.',
  again: 'Ask again',
  segments: 'Segments',
  noSegments: 'In no segment.',
  since: 'since',
  why: 'Why',
  colon: ': ',
  consents: 'Consents',
  noConsents: 'Nobody told a decision.',
  decided: 'decided',
  source: 'told by',
  audiences: 'Audiences',
  noAudiences: 'In no audience.',
  isIn: 'in it',
  isNotIn: 'not in it',
}

const french: CardWords = {
  title: 'Pas encore connu',
  loading: 'Question au hub…',
  unknown:
    'Le hub ne connaît pas encore ce contact. Il découvre les nouveaux contacts à sa prochaine lecture.',
  unreachable: 'Le hub est injoignable, ou a refusé de répondre. Adressez-vous à la personne qui l’exploite.',
  again: 'Réessayer',
  segments: 'Segments',
  noSegments: 'Dans aucun segment.',
  since: 'depuis le',
  why: 'Pourquoi',
  colon: '\u00A0: ',
  consents: 'Consentements',
  noConsents: 'Aucune décision connue.',
  decided: 'décidé le',
  source: 'dit par',
  audiences: 'Audiences',
  noAudiences: 'Dans aucune audience.',
  isIn: 'présent',
  isNotIn: 'absent',
}

/** "fr", "fr-fr", "fr_CA" … are French; all other languages get English. */
export const cardLanguage = (locale: string | undefined): 'en' | 'fr' =>
  /^fr\b|^fr_/i.test(locale ?? '') ? 'fr' : 'en'

export const cardWords = (locale: string | undefined): CardWords =>
  cardLanguage(locale) === 'fr' ? french : english

/** An instant as a day in the reader's language. */
export const shownDay = (at: string, locale: string | undefined): string =>
  new Intl.DateTimeFormat(cardLanguage(locale), { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(at))
