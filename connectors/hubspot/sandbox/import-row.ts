import { findProblem } from './contact-validation.ts'
import type { RecordStore, SandboxRecord } from './record-store.ts'

/** A mapped column of an import file. */
export interface ImportColumn {
  readonly columnName: string
  readonly propertyName: string
  /** True for the column that records are found by. */
  readonly isKey: boolean
}

export interface ImportFault {
  readonly errorType: string
  readonly lineNumber: number
  readonly cells: readonly string[]
}

interface Row {
  readonly operation: 'UPSERT' | 'CREATE' | 'UPDATE'
  readonly columns: readonly ImportColumn[]
  readonly cells: readonly string[]
  /** Keys of earlier rows. */
  readonly seen: Set<string>
}

interface Account {
  readonly contacts: RecordStore
  readonly requiredProperties: readonly string[]
}

type Properties = Record<string, string>

/**
 * Imports one row and names what is wrong with it, as the import API's `errorType` does. A bad value of a plain property is left out
 * and the rest of the row is imported; a bad key, a taken unique value or a missing required property keeps the row out.
 */
export function importRow(row: Row, account: Account): string[] {
  const { columns, cells } = row
  if (cells.length !== columns.length) return ['INCORRECT_NUMBER_OF_COLUMNS']
  const given = Object.fromEntries(
    columns.flatMap(({ propertyName }, index) =>
      cells[index] === '' ? [] : [[propertyName, cells[index] ?? '']],
    ),
  )
  const { kept, faults } = keepGood(given, account.contacts)
  const key = keyOf(row, kept)
  if (key === undefined) return faults.length > 0 ? faults : ['INVALID_ALTERNATE_ID']
  if (row.seen.has(key.value)) return ['DUPLICATE_ROW_CONTENT']
  row.seen.add(key.value)
  const existing = account.contacts.findByUnique(key.name, key.value)
  const refusal = refuseRow(row, existing, { kept, account })
  if (refusal) return [refusal]
  if (existing) account.contacts.update(existing.id, kept)
  else account.contacts.create(kept)
  return faults
}

function keyOf({ columns }: Row, kept: Properties): { name: string; value: string } | undefined {
  const name = columns.find(({ isKey }) => isKey)?.propertyName ?? 'email'
  const value = kept[name]
  return value === undefined ? undefined : { name, value }
}

function keepGood(given: Properties, contacts: RecordStore): { kept: Properties; faults: string[] } {
  const kept: Properties = {}
  const faults: string[] = []
  for (const [name, value] of Object.entries(given)) {
    const problem = findProblem({ [name]: value }, contacts.definitions)
    if (problem) faults.push(errorTypes[problem.code] ?? 'FAILED_VALIDATION')
    else kept[name] = value
  }
  return { kept, faults }
}

const errorTypes: Readonly<Record<string, string>> = {
  INVALID_EMAIL: 'INVALID_EMAIL',
  INVALID_INTEGER: 'COULD_NOT_PARSE_NUMBER',
  INVALID_DATE: 'COULD_NOT_PARSE_DATE',
  INVALID_OPTION: 'INVALID_ENUMERATION_OPTION',
  INVALID_LENGTH: 'COLUMN_TOO_LARGE',
  PROPERTY_DOESNT_EXIST: 'PROPERTY_DEFINITION_NOT_FOUND',
}

function refuseRow(
  { operation }: Row,
  existing: SandboxRecord | undefined,
  { kept, account }: { readonly kept: Properties; readonly account: Account },
): string | undefined {
  const { contacts, requiredProperties } = account
  if (existing && operation === 'CREATE') return 'CREATE_ONLY_IMPORT'
  if (!existing && operation === 'UPDATE') return 'UPDATE_ONLY_IMPORT'
  if (contacts.isBlocked(kept['email'] ?? '')) return 'GDPR_BLACKLISTED_EMAIL'
  if (contacts.findConflict(kept, existing?.id)) return 'DUPLICATE_UNIQUE_PROPERTY_VALUE'
  if (!existing && requiredProperties.some((name) => kept[name] === undefined))
    return 'MISSING_REQUIRED_PROPERTY'
  return undefined
}
