import { queryAllPages, textOf, type Row } from '../query.ts'
import type { PersonObject } from '../salesforce-id.ts'
import { chunkValues, encodedLength, soqlIn } from '../soql.ts'
import type { Draft, Person } from './draft.ts'
import { readPeople, type Lookup } from './find-people.ts'
import { outcomeOf } from './settle.ts'
import type { RowResult } from './write-rows.ts'

/** A contact or lead that has one of the addresses, and the records that stand for it. */
export interface Holder {
  readonly person: Person & { readonly row: Row }
  readonly drafts: readonly Draft[]
}

/**
 * Every contact and every lead of the drafts' addresses, duplicates included, since one that is overlooked would be written to. A
 * converted lead is read-only: the contact that it became stands in its place.
 */
export async function findHolders(lookup: Lookup, drafts: readonly Draft[]): Promise<Holder[]> {
  const byEmail = Map.groupBy(drafts, ({ email }) => email ?? '')
  const found = [...(await findIn(lookup, byEmail, 'Contact')), ...(await findIn(lookup, byEmail, 'Lead'))]
  const contactOf = ({ person: { row } }: Holder): string =>
    row['IsConverted'] === true ? (textOf(row, 'ConvertedContactId') ?? '') : ''
  const converted = found.filter((holder) => contactOf(holder) !== '')
  const contacts = await readPeople(lookup, converted.map(contactOf))
  const holders = found.flatMap((holder): Holder[] => {
    if (contactOf(holder) === '') return [holder]
    const contact = contacts.get(contactOf(holder))
    return contact?.row ? [{ ...holder, person: { ...contact, row: contact.row } }] : []
  })
  return [...new Map(holders.map((holder) => [holder.person.id, holder])).values()]
}

async function findIn(
  { context, fields, signal }: Lookup,
  byEmail: ReadonlyMap<string, readonly Draft[]>,
  object: PersonObject,
): Promise<Holder[]> {
  const head = `SELECT ${fields.select[object].join(', ')} FROM ${object} WHERE `
  const holders: Holder[] = []
  for (const chunk of chunkValues([...byEmail.keys()], encodedLength(head))) {
    const act = `looking for people in ${object}`
    for (const row of await queryAllPages(context, head + soqlIn('Email', chunk), { act, signal }))
      holders.push({
        person: { object, id: textOf(row, 'Id') ?? '', row },
        drafts: byEmail.get((textOf(row, 'Email') ?? '').toLowerCase()) ?? [],
      })
  }
  return holders
}

/** One holder of an address that cannot be opted out outweighs others that could. */
export function settleHolder({ person, drafts }: Holder, result: RowResult | undefined): void {
  for (const draft of drafts) {
    if (draft.outcome && draft.outcome.status !== 'applied') continue
    if (result?.kind === 'written') draft.outcome ??= { status: 'applied', key: person.id }
    else draft.outcome = outcomeOf(result)
  }
}
