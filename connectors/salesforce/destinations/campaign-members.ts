import type { Audience } from '../../../core/connector/destination.ts'
import type { SalesforceContext } from '../config.ts'
import { query, queryAllPages, queryMore, textOf, type QueryPage, type Row } from '../query.ts'
import { personObjectOf, type PersonObject } from '../salesforce-id.ts'
import { chunkValues, encodedLength, soqlIn, soqlText } from '../soql.ts'
import type { Person } from './draft.ts'
import { writeRows, type CellValue, type RowResult } from './write-rows.ts'

const memberField: Readonly<Record<PersonObject, string>> = { Contact: 'ContactId', Lead: 'LeadId' }

/** The person that a member's row names. A converted lead's row names both: the contact counts. */
function keyOf(row: Readonly<Record<string, unknown>>): string {
  const { ContactId: contact, LeadId: lead } = row
  if (typeof contact === 'string' && contact !== '') return contact
  return typeof lead === 'string' ? lead : ''
}

/** Puts people on a campaign. Who is on it already is a `DUPLICATE_VALUE`; results are in the order of the people. */
export function insertMembers(
  context: SalesforceContext,
  audience: Audience,
  people: readonly Person[],
  signal: AbortSignal,
): Promise<readonly RowResult[]> {
  const rows = people.map((person) => ({
    CampaignId: audience.externalId,
    [memberField[person.object]]: person.id,
  }))
  return writeRows(
    context,
    { act: 'adding members to a campaign', object: 'CampaignMember', operation: 'insert', rows, keyOf },
    signal,
  )
}

/** Ids of the members' rows of a campaign, by the contact or lead asked for. */
export async function findMembers(
  context: SalesforceContext,
  audience: Audience,
  personIds: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const object of ['Contact', 'Lead'] as const) {
    const field = memberField[object]
    const head = `SELECT Id, ContactId, LeadId FROM CampaignMember WHERE CampaignId = ${soqlText(audience.externalId)} AND `
    const own = personIds.filter((id) => personObjectOf(id) === object)
    for (const chunk of chunkValues([...new Set(own)], encodedLength(head))) {
      const rows = await queryAllPages(context, head + soqlIn(field, chunk), {
        act: 'looking for members of a campaign',
        signal,
      })
      for (const row of rows) found.set(textOf(row, field) ?? '', textOf(row, 'Id') ?? '')
    }
  }
  return found
}

/** Takes members off by the ids of their rows. */
export function deleteMembers(
  context: SalesforceContext,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly RowResult[]> {
  const rows = ids.map((id): Record<string, CellValue> => ({ Id: id }))
  return writeRows(
    context,
    {
      act: 'taking members off a campaign',
      object: 'CampaignMember',
      operation: 'delete',
      rows,
      keyOf: (row) => String(row['Id'] ?? row['sf__Id'] ?? ''),
    },
    signal,
  )
}

/** Pages of contact and lead ids, by the id of the member's row: no page is lost or doubled when members change meanwhile. */
export async function* readMembers(
  context: SalesforceContext,
  audience: Audience,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  const asked = { act: 'reading the members of a campaign', signal }
  const where = `CampaignId = ${soqlText(audience.externalId)}`
  const soql = `SELECT Id, ContactId, LeadId FROM CampaignMember WHERE ${where} ORDER BY Id`
  let page: QueryPage = await query(context, soql, asked)
  for (;;) {
    yield page.records.flatMap((row: Row) => keyOf(row) || [])
    if (page.done || page.nextRecordsUrl === undefined) return
    page = await queryMore(context, page.nextRecordsUrl, asked)
  }
}
