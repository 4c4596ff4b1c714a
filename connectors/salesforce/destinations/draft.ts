import { createHash } from 'node:crypto'
import type { DestinationRecord } from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import type { JsonValue } from '../../../core/port/json.ts'
import type { Row } from '../query.ts'
import { personObjectOf, toId18, type PersonObject } from '../salesforce-id.ts'
import { optOutFields } from '../sources/stream.ts'
import type { CellValue } from './write-rows.ts'

/** A contact or lead of the org. */
export interface Person {
  readonly object: PersonObject
  readonly id: string
  /** Its present values, where they were read. */
  readonly row?: Row
}

/** One record on its way: who it is, what is to be written, and what has become of it so far. */
export interface Draft {
  readonly email: string | undefined
  /** Value of our external id field, where the sync fills it. */
  readonly externalId: string | undefined
  /** What is to be written, without the e-mail and the external id. */
  readonly fields: Readonly<Record<string, CellValue>>
  person: Person | undefined
  /** True once the org holds the fields. */
  isWritten: boolean
  outcome: Outcome | undefined
}

/** A refusal of one record, decided here. */
export const rejected = (code: string, message: string): Outcome => ({
  status: 'rejected',
  reason: { code, message },
})

/** Reason code of a person that the org does not have (any more). */
export const notFound = 'not_found_on_platform'

/** Reads a record and rejects what Salesforce cannot take, so that it costs no call. */
export function toDraft(record: DestinationRecord, externalIdField: string): Draft {
  const { values, faulty } = toCells(record)
  const { Email: address, [externalIdField]: external, ...fields } = values
  const person = record.key === undefined ? undefined : toPerson(toId18(record.key))
  const draft: Draft = {
    email: typeof address === 'string' ? address.trim().toLowerCase() || undefined : undefined,
    externalId: external === undefined ? undefined : String(external) || undefined,
    fields,
    person,
    isWritten: false,
    outcome: undefined,
  }
  draft.outcome = refuse(draft, faulty, record.key !== undefined && !person)
  return draft
}

function toPerson(id: string): Person | undefined {
  const object = personObjectOf(id)
  return object && { object, id }
}

function toCells({ fields }: DestinationRecord): {
  readonly values: Readonly<Record<string, CellValue>>
  readonly faulty: string | undefined
} {
  const values: Record<string, CellValue> = {}
  let faulty: string | undefined
  for (const [name, value] of Object.entries(fields)) {
    const cell = toCell(name, value)
    if (cell === undefined) faulty ??= name
    else if (cell !== null) values[name] = cell
  }
  return { values, faulty }
}

function refuse(draft: Draft, faulty: string | undefined, isForeign: boolean): Outcome | undefined {
  if (faulty !== undefined)
    return rejected('invalid_value', `The field ${faulty} holds what no Salesforce field can hold.`)
  if (isForeign) return rejected('invalid_identifier', 'The id is not that of a contact or a lead.')
  if (draft.person) return undefined
  if (draft.email === undefined)
    return draft.externalId === undefined
      ? rejected('missing_identifier', 'There is neither an e-mail address nor an id.')
      : undefined
  return isEmail(draft.email) ? undefined : rejected('invalid_email', 'The e-mail address is not valid.')
}

/** What Salesforce takes for an address at all (at most 80 characters); it checks more closely itself and answers per record. */
const isEmail = (text: string): boolean =>
  text.length <= 80 && /^[^\s@"<>(),;:\\]+@[^\s@"<>(),;:\\]+\.[^\s@"<>(),;:\\]+$/.test(text)

const longestValue = 131_072
const isOptOut = (name: string): boolean =>
  optOutFields.some((field) => field.toLowerCase() === name.toLowerCase())

/** A value as Salesforce takes it. Null: its own value is left alone; undefined: no field can hold it. */
function toCell(name: string, value: JsonValue): CellValue | null | undefined {
  if (value === null) return null
  // Opt-out always wins: a sync never takes one back.
  if (isOptOut(name)) return value === true || value === 'true' ? true : null
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  const text = toText(value)
  if (text === undefined || text.length > longestValue) return undefined
  return text.isWellFormed() && !text.includes('\u0000') ? text : undefined
}

/** Multi-select picklists are joined by semicolons. */
function toText(value: JsonValue): string | undefined {
  if (typeof value === 'string') return value
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value.join(';') : undefined
}

/** Drafts that still have to be settled. */
export const unsettled = (drafts: readonly Draft[]): Draft[] =>
  drafts.filter((draft) => draft.outcome === undefined)

/**
 * The value that a new person is created under. Without one of the sync's own it is derived from the address, so that any number of
 * parallel first sends of one address meet in one record: Salesforce keeps external ids unique, and addresses not.
 */
export function creationKey(draft: Draft): string {
  if (draft.externalId !== undefined) return draft.externalId
  return `email-${createHash('sha256')
    .update(draft.email ?? '')
    .digest('hex')
    .slice(0, 40)}`
}

/**
 * The first draft of each person. Requests must not name one person twice, so later drafts of it follow the first: with equal
 * fields they share its fate, with others they are rejected, since either choice would overwrite somebody's data.
 */
export function takeLeaders(
  drafts: readonly Draft[],
  keyOf: (draft: Draft) => string,
): { readonly leaders: readonly Draft[]; readonly settleFollowers: () => void } {
  const leaders = new Map<string, Draft>()
  const followers: { draft: Draft; leader: Draft }[] = []
  for (const draft of drafts) {
    const leader = leaders.get(keyOf(draft))
    if (!leader) leaders.set(keyOf(draft), draft)
    else if (JSON.stringify(leader.fields) === JSON.stringify(draft.fields)) followers.push({ draft, leader })
    else
      draft.outcome = rejected(
        'duplicate_identifier',
        'Another record of this batch is the same person with other values.',
      )
  }
  return {
    leaders: [...leaders.values()],
    settleFollowers: () => {
      for (const { draft, leader } of followers) {
        draft.person = leader.person
        draft.isWritten = leader.isWritten
        draft.outcome = leader.outcome
      }
    },
  }
}
