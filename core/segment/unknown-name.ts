import { AffluentError } from '../errors/affluent-error.ts'
import { readTimeZone, type TimeZone } from './time/time-zone.ts'

/** Error for a name that a rule uses and the profile schema lacks. */
export function unknownName(kind: string, name: string): AffluentError {
  return new AffluentError('segment.unknown_name', { act: 'reading a rule', kind, name: name.slice(0, 64) })
}

/** Reads a time zone of a checked rule. Throws `segment.unknown_name` for one that the database lacks. */
export function findTimeZone(name: string): TimeZone {
  const zone = readTimeZone(name)
  if (!zone) throw unknownName('time zone', name)
  return zone
}
