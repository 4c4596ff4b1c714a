import { fieldOf } from '../describe.ts'
import { textOf } from '../query.ts'
import { notFound, rejected, takeLeaders, type Draft, type Person } from './draft.ts'
import { readPeople, type Lookup } from './find-people.ts'
import { changedFields, fieldsFor, personAccountField } from './person-fields.ts'
import { kindOf } from './record-errors.ts'
import { outcomeOf } from './settle.ts'
import { toTypedFields } from './typed-fields.ts'
import { writeRows, type CellValue, type RowResult } from './write-rows.ts'

/** One row to be updated: of a contact, a lead, or the account that a person is. */
interface Update {
  readonly draft: Draft
  readonly object: 'Contact' | 'Lead' | 'Account'
  readonly row: Readonly<Record<string, CellValue>>
  /** Rows of one parent go side by side in one call: two calls at once would wait for its lock. */
  readonly parent: string
}

/** Writes the fields that differ. Sets an outcome only where that failed. */
export async function updatePeople(lookup: Lookup, drafts: readonly Draft[]): Promise<void> {
  const open = drafts.filter((draft) => !draft.isWritten)
  const { leaders, settleFollowers } = takeLeaders(open, (draft) => draft.person?.id ?? '')
  const moved = await updateOnce(lookup, leaders)
  if (moved.length > 0) await updateOnce(lookup, moved)
  settleFollowers()
}

/** Returns drafts whose person has become another since they were read: merged, or a lead that was converted. */
async function updateOnce(lookup: Lookup, drafts: readonly Draft[]): Promise<Draft[]> {
  const updates = drafts.flatMap((draft) => toUpdate(lookup, draft) ?? [])
  const lost: Draft[] = []
  for (const object of ['Contact', 'Lead', 'Account'] as const) {
    const own = updates.filter((update) => update.object === object)
    if (own.length === 0) continue
    own.sort((a, b) => (a.parent < b.parent ? -1 : 1))
    const results = await writeRows(
      lookup.context,
      {
        act: `updating people of ${object}`,
        object,
        operation: 'update',
        rows: own.map(({ row }) => row),
        keyOf: (row) => String(row['Id']),
      },
      lookup.signal,
    )
    own.forEach(({ draft }, index) => {
      const result = results[index]
      if (isLost(result)) lost.push(draft)
      settle(draft, result)
    })
  }
  return follow(lookup, lost)
}

function settle(draft: Draft, result: RowResult | undefined): void {
  if (result?.kind === 'written') {
    draft.isWritten = true
    draft.outcome = undefined
  } else draft.outcome = outcomeOf(result)
}

function isLost(result: RowResult | undefined): boolean {
  const kind = result?.kind === 'refused' ? kindOf(result.refusal) : undefined
  return kind === 'stale' || kind === 'converted'
}

async function follow(lookup: Lookup, lost: readonly Draft[]): Promise<Draft[]> {
  if (lost.length === 0) return []
  const present = await readPeople(
    lookup,
    lost.flatMap(({ person }) => person?.id ?? []),
  )
  return lost.filter((draft) => {
    const person = present.get(draft.person?.id ?? '')
    if (!person) draft.outcome = rejected(notFound, 'Salesforce has no such contact or lead (any more).')
    if (!person || person.id === draft.person?.id) return false
    draft.person = person
    draft.outcome = undefined
    return true
  })
}

function toUpdate(lookup: Lookup, draft: Draft): Update | undefined {
  const { person } = draft
  if (!person) return undefined
  const { external_id_field: externalIdField } = lookup.context.config
  const description = lookup.fields[person.object]
  const typed = toTypedFields(description, fieldsFor(description, draft.fields, 'updateable'))
  if (typed.refusal) {
    draft.outcome = typed.refusal
    return undefined
  }
  const row = person.row ?? {}
  const isUnnamed = fieldOf(description, externalIdField) && textOf(row, externalIdField) === undefined
  const changed = {
    ...changedFields(description, typed.fields, row),
    ...(isUnnamed && draft.externalId !== undefined && { [externalIdField]: draft.externalId }),
  }
  return Object.keys(changed).length > 0 ? toRow(draft, person, changed) : undefined
}

function toRow(draft: Draft, person: Person, changed: Readonly<Record<string, CellValue>>): Update {
  const account = textOf(person.row ?? {}, 'AccountId')
  if (person.row?.['IsPersonAccount'] === true && account !== undefined) {
    const fields = Object.entries(changed).map(([name, value]) => [personAccountField(name), value])
    return { draft, object: 'Account', row: { Id: account, ...Object.fromEntries(fields) }, parent: account }
  }
  return { draft, object: person.object, row: { Id: person.id, ...changed }, parent: account ?? person.id }
}
