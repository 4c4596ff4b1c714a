import type { OperatorName } from './operator-names.ts'
import type { Measure } from './rule.ts'

/** Languages that rules are described in. */
export type RuleLanguage = 'en' | 'fr'

/** The words that sentences about rules are made of. Names and values are put in by the functions; nothing is translated twice. */
export interface RulePhrases {
  /** Text from the left value and the shown operand. */
  readonly operators: Readonly<Record<OperatorName, (left: string, value: string) => string>>
  /** What is computed over events; `property` is "" where none is given. */
  readonly measures: Readonly<Record<Measure, (event: string, property: string) => string>>
  readonly trait: (name: string) => string
  readonly identifier: (name: string) => string
  readonly segment: (name: string) => string
  readonly consent: (purpose: string, channel: string, state: 'granted' | 'denied' | 'unknown') => string
  readonly performed: (event: string) => string
  readonly where: (conditions: string) => string
  readonly last: (duration: string) => string
  readonly from: (instant: string) => string
  readonly until: (instant: string) => string
  readonly ifMissing: (truth: boolean) => string
  readonly money: (amount: string, currency: string) => string
  readonly within: (radius: string, centre: string) => string
  readonly inRegion: (region: string) => string
  readonly net: (terms: readonly string[]) => string
  /** One term of `net`: "0.5 × amount of purchase". */
  readonly term: (weight: string, property: string, event: string) => string
  readonly rank: (top: string, by: string, isHighest: boolean) => string
  readonly audience: (sync: string) => string
  readonly sample: (share: string, salt: string) => string
  readonly afterEvent: (event: string, isFirst: boolean) => string
  readonly beforeEvent: (event: string, isFirst: boolean) => string
  readonly followedBy: (event: string, within: string) => string
  readonly notFollowedBy: (event: string, within: string) => string
  readonly ignoringCase: string
  /** Words of the calendar: "this month", "next 7 days", "monday", "january", "02-29". */
  readonly calendar: (words: string) => string
  readonly during: (period: string) => string
  readonly zoned: (inner: string, zone: string) => string
  readonly not: (inner: string) => string
  readonly and: string
  readonly or: string
  readonly everybody: string
  readonly nobody: string
  readonly yes: string
  readonly no: string
  readonly quote: (text: string) => string
  /** Units of "90 days" by their English name; null keeps the text. */
  readonly duration: (amount: string, unit: string) => string
  readonly ago: (duration: string) => string
  readonly more: (count: number) => string
}
