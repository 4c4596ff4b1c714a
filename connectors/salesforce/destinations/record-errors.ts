import type { Outcome } from '../../../core/connector/outcome.ts'
import { toSaid } from '../../../core/connector/to-said.ts'
import { personObjectOf, toId18 } from '../salesforce-id.ts'

/** What Salesforce said of one record that it did not write. */
export interface Refusal {
  readonly statusCode: string
  readonly message: string
  readonly fields: readonly string[]
}

/**
 * What a refusal of one record asks for:
 * - `locked`, `passing`: the same record may go through later.
 * - `conflict`: somebody has it already: adopt that row.
 * - `stale`: our id leads nowhere any more: match again. `converted`: go on with the contact.
 * - `full`: the org has no room, or is blocked by its own code: nothing more is sent now.
 * - `data`, `permission`, `automation`: shown, and sent again only when something changed.
 */
export type RefusalKind =
  | 'locked'
  | 'passing'
  | 'conflict'
  | 'stale'
  | 'converted'
  | 'full'
  | 'data'
  | 'permission'
  | 'automation'

/** The table of per-record codes (2.4), with the reason code that the hub shows. */
const table: Readonly<Record<string, readonly [RefusalKind, string]>> = {
  UNABLE_TO_LOCK_ROW: ['locked', 'record_locked'],
  QUERY_TIMEOUT: ['passing', 'refused_for_now'],
  REQUEST_RUNNING_TOO_LONG: ['passing', 'refused_for_now'],
  SERVER_UNAVAILABLE: ['passing', 'refused_for_now'],
  UNKNOWN_EXCEPTION: ['passing', 'refused_for_now'],
  ALL_OR_NONE_OPERATION_ROLLED_BACK: ['passing', 'rolled_back'],
  PROCESSING_HALTED: ['passing', 'rolled_back'],
  DUPLICATE_VALUE: ['conflict', 'conflict'],
  DUPLICATE_EXTERNAL_ID: ['conflict', 'conflict'],
  DUPLICATES_DETECTED: ['conflict', 'duplicate_rule'],
  ENTITY_IS_DELETED: ['stale', 'not_found_on_platform'],
  INVALID_CROSS_REFERENCE_KEY: ['stale', 'not_found_on_platform'],
  MALFORMED_ID: ['stale', 'not_found_on_platform'],
  CANNOT_UPDATE_CONVERTED_LEAD: ['converted', 'converted_lead'],
  STORAGE_LIMIT_EXCEEDED: ['full', 'org_limit_reached'],
  LIMIT_EXCEEDED: ['full', 'org_limit_reached'],
  TOO_MANY_APEX_REQUESTS: ['full', 'org_limit_reached'],
  REQUIRED_FIELD_MISSING: ['data', 'missing_required_field'],
  FIELD_CUSTOM_VALIDATION_EXCEPTION: ['data', 'validation_rule'],
  FIELD_FILTER_VALIDATION_EXCEPTION: ['data', 'validation_rule'],
  INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: ['data', 'invalid_option'],
  STRING_TOO_LONG: ['data', 'too_long'],
  INVALID_EMAIL_ADDRESS: ['data', 'invalid_email'],
  NUMBER_OUTSIDE_VALID_RANGE: ['data', 'invalid_value'],
  INVALID_TYPE_ON_FIELD_IN_RECORD: ['data', 'invalid_value'],
  INVALID_FIELD_FOR_INSERT_UPDATE: ['permission', 'no_permission'],
  INSUFFICIENT_ACCESS_OR_READONLY: ['permission', 'no_permission'],
  INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: ['permission', 'no_permission'],
  INVALID_FIELD: ['permission', 'no_permission'],
  CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY: ['automation', 'automation_failed'],
  APEX_ERROR: ['automation', 'automation_failed'],
}

const unlisted: readonly [RefusalKind, string] = ['data', 'refused_by_platform']

const entryOf = ({ statusCode }: Refusal): readonly [RefusalKind, string] =>
  (Object.hasOwn(table, statusCode) ? table[statusCode] : undefined) ??
  (statusCode.startsWith('TXN_SECURITY') ? ['permission', 'security_policy'] : unlisted)

/** What a refusal asks for. Codes that nobody has described count as refused data. */
export const kindOf = (refusal: Refusal): RefusalKind => entryOf(refusal)[0]

const mayPass: ReadonlySet<RefusalKind> = new Set(['locked', 'passing', 'full'])

/** The outcome of a record that was refused: `failed` where it may go through later, else `rejected`. */
export function toOutcome(refusal: Refusal): Outcome {
  const [kind, code] = entryOf(refusal)
  const fields = refusal.fields.length > 0 ? ` (${refusal.fields.slice(0, 5).join(', ')})` : ''
  return {
    status: mayPass.has(kind) ? 'failed' : 'rejected',
    reason: { code, message: toSaid(`${refusal.statusCode}${fields}: ${refusal.message}`) },
  }
}

/** The contact or lead that a conflict names: its message carries the id of the existing row. */
export function existingPerson({ message }: Refusal): string | undefined {
  return message
    .match(/\b[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?\b/g)
    ?.map(toId18)
    .find((id) => personObjectOf(id) !== undefined)
}
