import { z } from 'zod'
import { callSalesforce } from '../client.ts'
import type { SalesforceContext } from '../config.ts'
import { row, textOf, type Row } from '../query.ts'

/** Rows that one request for records by id returns. */
const rowsPerRequest = 2000

const retrieveAnswer = z.array(row.nullable())

/**
 * Fills rows with more fields than fit into an address (414, 431): the fields are asked for by id, in a body, and joined. A row that
 * was deleted in between keeps what it has.
 */
export async function fillWideRows(
  context: SalesforceContext,
  rows: readonly Row[],
  wanted: { readonly object: string; readonly fields: readonly string[]; readonly signal: AbortSignal },
): Promise<Row[]> {
  const living = rows.flatMap((narrow) => (narrow['IsDeleted'] === true ? [] : (textOf(narrow, 'Id') ?? [])))
  const full = new Map<string, Row>()
  for (let start = 0; start < living.length; start += rowsPerRequest) {
    const { body } = await callSalesforce(context, {
      act: `reading fields of ${wanted.object} by id`,
      method: 'POST',
      path: `/composite/sobjects/${wanted.object}`,
      body: { ids: living.slice(start, start + rowsPerRequest), fields: wanted.fields },
      answer: retrieveAnswer,
      repeatable: true,
      signal: wanted.signal,
    })
    for (const found of body) if (found) full.set(textOf(found, 'Id') ?? '', found)
  }
  return rows.map((narrow) => ({ ...full.get(textOf(narrow, 'Id') ?? ''), ...narrow }))
}
