import type { Outcome } from '../../../core/connector/outcome.ts'
import { rejected } from '../destinations/draft.ts'
import { withAdvice } from '../destinations/refusal-advice.ts'
import type { RowFault } from './import-calls.ts'

/** Faults that say: another contact has this address or unique value. The ordinary way finds and updates that contact. */
const conflicts = new Set([
  'DUPLICATE_ALTERNATE_ID',
  'DUPLICATE_OBJECT_ID',
  'DUPLICATE_RECORD_ID',
  'DUPLICATE_ROW_CONTENT',
  'DUPLICATE_UNIQUE_PROPERTY_VALUE',
  'SECONDARY_EMAIL_WRITE_FAILURE',
])

/** Faults of the moment: the record is sent again in the next run. */
const passing = new Set(['UNKNOWN_ERROR', 'LIMIT_EXCEEDED', 'FILE_NOT_FOUND'])

/** The same reason codes as those of an ordinary hand-over, by the vendor's names of row errors (import API, `errorType`). */
const reasonCodes: Readonly<Record<string, string>> = {
  INVALID_EMAIL: 'invalid_email',
  GDPR_BLACKLISTED_EMAIL: 'erased_for_privacy',
  MISSING_REQUIRED_PROPERTY: 'missing_required_property',
  INVALID_REQUIRED_PROPERTY: 'missing_required_property',
  PROPERTY_DEFINITION_NOT_FOUND: 'unknown_property',
  INVALID_ENUMERATION_OPTION: 'unknown_option',
  AMBIGUOUS_ENUMERATION_OPTION: 'unknown_option',
  COULD_NOT_PARSE_NUMBER: 'wrong_type',
  INVALID_NUMBER_SIZE: 'wrong_type',
  COULD_NOT_PARSE_DATE: 'wrong_type',
  INVALID_CUSTOM_PROPERTY_VALIDATION: 'invalid_value',
  FAILED_VALIDATION: 'invalid_value',
  COLUMN_TOO_LARGE: 'too_large',
  ROW_DATA_TOO_LARGE: 'too_large',
}

/** What a fault means for its record. */
export function toRowOutcome({ type, said }: RowFault): Outcome | 'conflict' {
  if (conflicts.has(type)) return 'conflict'
  const message = said === '' ? `HubSpot refused the row: ${type}.` : said
  if (passing.has(type)) return { status: 'failed', reason: { code: 'refused_for_now', message } }
  const code = reasonCodes[type] ?? 'refused_by_platform'
  return rejected(code, withAdvice(code, message))
}
