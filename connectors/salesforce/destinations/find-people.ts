import type { SalesforceContext } from '../config.ts'
import { queryAllPages, textOf, type Row } from '../query.ts'
import { personObjectOf, type PersonObject } from '../salesforce-id.ts'
import { chunkValues, encodedLength, longestQuery, soqlIn } from '../soql.ts'
import type { Draft, Person } from './draft.ts'
import type { PersonFields } from './person-fields.ts'

export interface Lookup {
  readonly context: SalesforceContext
  readonly fields: PersonFields
  readonly signal: AbortSignal
}

/**
 * Finds the people of drafts without an id: by our external id, else by e-mail; contacts first, then leads. A converted lead leads to
 * its contact. Of several with one address the oldest (lowest id) is taken, always the same.
 */
export async function findPeople(lookup: Lookup, drafts: readonly Draft[]): Promise<void> {
  await matchIn(lookup, 'Contact', drafts)
  await matchIn(
    lookup,
    'Lead',
    drafts.filter((draft) => !draft.person),
  )
  const converted = drafts.flatMap(({ person }) =>
    person?.row && isConverted(person.row) ? [person.id] : [],
  )
  const present = await readPeople(lookup, converted)
  for (const draft of drafts) if (draft.person) draft.person = present.get(draft.person.id) ?? draft.person
}

async function matchIn(lookup: Lookup, object: PersonObject, drafts: readonly Draft[]): Promise<void> {
  const { external_id_field: externalIdField } = lookup.context.config
  const select = lookup.fields.select[object]
  const hasExternalId = select.includes(externalIdField)
  const head = `SELECT ${select.join(', ')} FROM ${object} WHERE `
  for (const chunk of chunkDrafts(drafts, encodedLength(head), hasExternalId)) {
    const emails = unique(chunk.flatMap(({ email }) => email ?? []))
    const externalIds = hasExternalId ? unique(chunk.flatMap(({ externalId }) => externalId ?? [])) : []
    const where = [
      ...(emails.length > 0 ? [soqlIn('Email', emails)] : []),
      ...(externalIds.length > 0 ? [soqlIn(externalIdField, externalIds)] : []),
    ]
    if (where.length === 0) continue
    const rows = await queryAllPages(lookup.context, head + where.join(' OR '), {
      act: `looking for people in ${object}`,
      signal: lookup.signal,
    })
    assign(chunk, object, rows, externalIdField)
  }
}

function assign(
  drafts: readonly Draft[],
  object: PersonObject,
  rows: readonly Row[],
  externalIdField: string,
): void {
  const byExternalId = indexBy(rows, externalIdField)
  const byEmail = indexBy(rows, 'Email')
  for (const draft of drafts) {
    const row =
      byExternalId.get((draft.externalId ?? '').toLowerCase()) ??
      byEmail.get((draft.email ?? '').toLowerCase())
    const id = row && textOf(row, 'Id')
    if (row && id !== undefined) draft.person = { object, id, row }
  }
}

/** The first row of each value in lower case (neither is told apart by case); unconverted leads go before converted ones. */
function indexBy(rows: readonly Row[], field: string): ReadonlyMap<string, Row> {
  const sorted = [...rows].sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
  const index = new Map<string, Row>()
  for (const row of sorted) {
    const value = textOf(row, field)?.toLowerCase()
    if (value !== undefined && !index.has(value)) index.set(value, row)
  }
  return index
}

const rank = (row: Row): string => `${isConverted(row) ? 1 : 0}${textOf(row, 'Id') ?? ''}`

const isConverted = (row: Row): boolean =>
  row['IsConverted'] === true && textOf(row, 'ConvertedContactId') !== undefined

const unique = (values: readonly string[]): string[] => [...new Set(values)]

function chunkDrafts(drafts: readonly Draft[], rest: number, withExternalId: boolean): Draft[][] {
  const chunks: Draft[][] = []
  let room = 0
  for (const draft of drafts) {
    const values = [draft.email, withExternalId ? draft.externalId : undefined]
    const cost = values.reduce((sum, value) => sum + (value ? encodedLength(`'${value}',`) + 3 : 0), 0)
    const last = chunks.at(-1)
    if (last && last.length < 200 && room >= cost) last.push(draft)
    else {
      chunks.push([draft])
      room = longestQuery - rest - 100
    }
    room -= cost
  }
  return chunks
}

/** Merges of merges, and leads converted to contacts that were merged since: longer chains count as gone. */
const longestChain = 5

/**
 * The present people behind ids, by the ids given: after merges the survivor, for converted leads the contact. Those that are gone
 * are absent.
 */
export async function readPeople(
  lookup: Lookup,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Person>> {
  const found = new Map<string, Person>()
  const next = new Map<string, string>()
  let open = unique(ids)
  for (let step = 0; step < longestChain && open.length > 0; step += 1) {
    const followers: string[] = []
    for (const person of await readByIds(lookup, open)) {
      const successor = successorOf(person.row)
      if (successor !== undefined) {
        next.set(person.id, successor)
        followers.push(successor)
      } else if (person.row['IsDeleted'] !== true) found.set(person.id, person)
    }
    open = unique(followers).filter((id) => !found.has(id) && !next.has(id))
  }
  return new Map(
    ids.flatMap((id): [string, Person][] => {
      let present = id
      for (let step = 0; step < longestChain; step += 1) present = next.get(present) ?? present
      const person = found.get(present)
      return person ? [[id, person]] : []
    }),
  )
}

function successorOf(row: Row): string | undefined {
  if (row['IsDeleted'] === true) return textOf(row, 'MasterRecordId')
  return isConverted(row) ? textOf(row, 'ConvertedContactId') : undefined
}

/** Deleted rows too: only they tell whom they were merged into. */
async function readByIds(
  { context, fields, signal }: Lookup,
  ids: readonly string[],
): Promise<(Person & { readonly row: Row })[]> {
  const people: (Person & { readonly row: Row })[] = []
  for (const object of ['Contact', 'Lead'] as const) {
    const head = `SELECT ${fields.select[object].join(', ')} FROM ${object} WHERE `
    const own = ids.filter((id) => personObjectOf(id) === object)
    for (const chunk of chunkValues(own, encodedLength(head))) {
      const act = `reading people of ${object} by id`
      for (const row of await queryAllPages(context, head + soqlIn('Id', chunk), { act, all: true, signal }))
        people.push({ object, id: textOf(row, 'Id') ?? '', row })
    }
  }
  return people
}
