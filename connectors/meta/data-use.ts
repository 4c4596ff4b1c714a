import type { DestinationField } from '../../core/connector/destination.ts'
import type { JsonValue } from '../../core/port/json.ts'
import type { MetaConfig } from './config.ts'

/** Under which law's limits Meta may use a row: its numbers of a country and a state; zeros have Meta locate the person. */
export type LimitedDataUse = NonNullable<MetaConfig['limited_data_use']>

/** The columns of Limited Data Use, in the order in which they are sent (section "Data Processing Options" of Meta's guide). */
export const dataUseColumns = [
  'DATA_PROCESSING_OPTIONS',
  'DATA_PROCESSING_OPTIONS_COUNTRY',
  'DATA_PROCESSING_OPTIONS_STATE',
] as const

const number = (description: string): DestinationField => ({ type: 'number', description })

/** Fields that set Limited Data Use for one person. */
export const dataUseFields: Readonly<Record<(typeof dataUseColumns)[number], DestinationField>> = {
  DATA_PROCESSING_OPTIONS: {
    type: 'text',
    description:
      'Limited Data Use for this person: true or "LDU", false, or a consent ("denied" limits, "granted" does not). Empty: as the connection says.',
  },
  DATA_PROCESSING_OPTIONS_COUNTRY: number('0: Meta locates the person (default). 1: United States.'),
  DATA_PROCESSING_OPTIONS_STATE: number('0: Meta locates the person (default). 1000: California.'),
}

const words: ReadonlyMap<string, boolean> = new Map([
  ['ldu', true],
  ['true', true],
  ['yes', true],
  ['1', true],
  ['denied', true],
  ['false', false],
  ['no', false],
  ['0', false],
  ['none', false],
  ['granted', false],
])

/**
 * What a row says of its own use: "off", limits, or undefined where it says nothing. A value that cannot be understood limits, since
 * the other way round a person's objection would be lost; it is noted in `unusable`.
 */
export function readDataUse(
  fields: Readonly<Record<string, JsonValue>>,
  unusable: string[],
): LimitedDataUse | 'off' | undefined {
  const [option, country, state] = dataUseColumns
  const written = fields[option]
  if (written === undefined || written === null || written === '') return undefined
  const isLimited = words.get(toWord(written))
  if (isLimited === undefined) unusable.push(option)
  if (isLimited === false) return 'off'
  const read = (name: string): number => {
    const given = fields[name] ?? 0
    if (Number.isSafeInteger(Number(given)) && Number(given) >= 0) return Number(given)
    unusable.push(name)
    return 0
  }
  return { country: read(country), state: read(state) }
}

/** A list of one word stands for the word, as Meta writes it: ["LDU"]. An empty list is Meta's "off". */
function toWord(written: JsonValue): string {
  const word: JsonValue = Array.isArray(written) ? (written[0] ?? 'none') : written
  return typeof word === 'object' ? '' : String(word).trim().toLowerCase()
}
