import type { SalesforceContext } from '../config.ts'
import { queryAllPages, textOf, type Row } from '../query.ts'
import { chunkValues, encodedLength, soqlIn } from '../soql.ts'

/** What must be known of a row that is gone, by object: whom it was merged into, or whose membership it was. */
const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  Contact: ['MasterRecordId'],
  Lead: ['MasterRecordId'],
  Account: ['MasterRecordId'],
  CampaignMember: ['CampaignId', 'ContactId', 'LeadId'],
}

/**
 * Rows that events called deleted, by id, as the recycle bin shows them: the event of a merge's loser does not name the survivor
 * (2.6), that of a member neither campaign nor person. Rows that are in the bin no more are absent.
 */
export async function readGoneRows(
  context: SalesforceContext,
  idsByObject: ReadonlyMap<string, readonly string[]>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Row>> {
  const rows = new Map<string, Row>()
  for (const [object, ids] of idsByObject) {
    const fields = fieldsOf[object]
    if (!fields) continue
    const head = `SELECT Id, IsDeleted, ${fields.join(', ')} FROM ${object} WHERE `
    for (const chunk of chunkValues([...new Set(ids)], encodedLength(head))) {
      const act = 'looking at what a change feed calls deleted'
      const found = await queryAllPages(context, head + soqlIn('Id', chunk), { act, all: true, signal })
      for (const row of found) rows.set(textOf(row, 'Id') ?? '', row)
    }
  }
  return rows
}
