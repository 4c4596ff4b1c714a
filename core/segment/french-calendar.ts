import { monthNames, weekdayNames } from './time/calendar-names.ts'

const days = ['lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi', 'dimanche']
const months = [
  'janvier',
  'février',
  'mars',
  'avril',
  'mai',
  'juin',
  'juillet',
  'août',
  'septembre',
  'octobre',
  'novembre',
  'décembre',
]

interface Unit {
  readonly this: string
  readonly previous: string
  readonly next: string
  /** After "les 3 …": the last ones, the next ones. */
  readonly lastOnes: string
  readonly nextOnes: string
}

const units: Readonly<Record<string, Unit>> = {
  day: {
    this: 'aujourd’hui',
    previous: 'hier',
    next: 'demain',
    lastOnes: 'derniers jours',
    nextOnes: 'prochains jours',
  },
  week: {
    this: 'cette semaine',
    previous: 'la semaine précédente',
    next: 'la semaine prochaine',
    lastOnes: 'semaines précédentes',
    nextOnes: 'prochaines semaines',
  },
  month: {
    this: 'ce mois-ci',
    previous: 'le mois précédent',
    next: 'le mois prochain',
    lastOnes: 'mois précédents',
    nextOnes: 'prochains mois',
  },
  quarter: {
    this: 'ce trimestre',
    previous: 'le trimestre précédent',
    next: 'le trimestre prochain',
    lastOnes: 'trimestres précédents',
    nextOnes: 'prochains trimestres',
  },
  year: {
    this: 'cette année',
    previous: 'l’année précédente',
    next: 'l’année prochaine',
    lastOnes: 'années précédentes',
    nextOnes: 'prochaines années',
  },
}

const words: ReadonlyMap<string, string> = new Map([
  ['today', 'aujourd’hui'],
  ['yesterday', 'hier'],
  ['tomorrow', 'demain'],
  ...weekdayNames.map((name, index): [string, string] => [name, days[index] ?? name]),
  ...monthNames.map((name, index): [string, string] => [name, months[index] ?? name]),
])

/** Words of the calendar in French: "this month" → "ce mois-ci", "next 7 days" → "les 7 prochains jours", "02-29" → "29/02". */
export function frenchCalendar(text: string): string {
  const [, month, day] = /^(\d{2})-(\d{2})$/.exec(text) ?? []
  if (month !== undefined) return `${day}/${month}`
  return words.get(text) ?? frenchStretch(text) ?? text
}

function frenchStretch(text: string): string | undefined {
  const [, which, amount, name = ''] = /^(this|previous|next|in) (?:(\d+) )?([a-z]+?)s?$/.exec(text) ?? []
  const unit = Object.hasOwn(units, name) ? units[name] : undefined
  if (!unit || which === undefined) return undefined
  if (which === 'in') return `dans ${amount} ${name === 'week' ? 'semaine(s)' : 'jour(s)'}`
  if (amount === undefined) return which === 'this' ? unit.this : unit[which === 'next' ? 'next' : 'previous']
  return `les ${amount} ${which === 'next' ? unit.nextOnes : unit.lastOnes}`
}
