import type { QuarantinedRow } from '../../../core/connector/source.ts'

/** Longest raw text that is kept of an object in quarantine. */
const longestRaw = 65_536

/** An object of a page that is not of the documented shape. */
export function toQuarantined(raw: unknown, index: number): QuarantinedRow {
  return {
    place: `object ${index + 1} of a page`,
    reason: { code: 'unreadable_object', message: 'The object has no id or no readable properties.' },
    raw: JSON.stringify(raw).slice(0, longestRaw),
  }
}
