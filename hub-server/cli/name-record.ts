import type { RecordName } from '../../core/port/identity-store.ts'
import type { JsonValue } from '../../core/port/json.ts'
import { oneLine } from '../locales/one-line.ts'

/** "connection/stream/external id": how commands name a source record. */
export const nameRecord = ({ connection, stream, externalId }: RecordName): string =>
  `${connection}/${stream}/${oneLine(externalId)}`

/** Lists as their items; everything else as JSON writes it, without the quotes of a text. */
export function valueText(value: JsonValue): string {
  if (Array.isArray(value)) return value.map(valueText).join(', ')
  return typeof value === 'string' ? oneLine(value) : JSON.stringify(value)
}
