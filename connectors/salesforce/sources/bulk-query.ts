import { z } from 'zod'
import type { JsonValue } from '../../../core/port/json.ts'
import { bulkJobBudget } from '../budgets.ts'
import { callSalesforce } from '../client.ts'
import type { SalesforceContext } from '../config.ts'
import { parseCsv } from '../csv.ts'
import { fieldOf, type ObjectDescription } from '../describe.ts'
import { pollJob } from '../poll-job.ts'
import type { Row } from '../query.ts'

/** Rows of one result page: some megabytes of CSV, which is held in memory at once. */
const rowsPerPage = 20_000

/** Types that the Bulk API does not return (compound fields). */
const compoundTypes = new Set(['address', 'location', 'complexvalue'])

/** Whether the Bulk API can read all of these fields: neither compound fields nor (as their types are unknown here) parents'. */
export const isBulkReadable = (description: ObjectDescription, names: readonly string[]): boolean =>
  names.every((name) => !name.includes('.') && !compoundTypes.has(fieldOf(description, name)?.type ?? ''))

/** Creates a query job that includes deleted rows. Returns its id. */
export async function createQueryJob(
  context: SalesforceContext,
  soql: string,
  asked: { readonly act: string; readonly signal: AbortSignal },
): Promise<string> {
  const { body } = await callSalesforce(context, {
    act: asked.act,
    method: 'POST',
    path: '/jobs/query',
    body: { operation: 'queryAll', query: soql },
    answer: z.object({ id: z.string().regex(/^\w{15,18}$/) }),
    // A second job would only cost a second reading.
    repeatable: true,
    budget: bulkJobBudget,
    signal: asked.signal,
  })
  return body.id
}

export interface BulkPage {
  readonly rows: readonly Row[]
  /** Names the next page; null at the end. */
  readonly next: string | null
}

/** Waits for a query job to end. */
export const awaitQueryJob = (
  context: SalesforceContext,
  job: { readonly act: string; readonly id: string; readonly signal: AbortSignal },
): Promise<void> => pollJob(context, { act: job.act, path: `/jobs/query/${job.id}`, signal: job.signal })

/** A page of results, its texts turned into the values that REST would give. */
export async function readBulkPage(
  context: SalesforceContext,
  description: ObjectDescription,
  page: {
    readonly act: string
    readonly id: string
    readonly locator: string | null
    readonly signal: AbortSignal
  },
): Promise<BulkPage> {
  const { body, headers } = await callSalesforce(context, {
    act: page.act,
    method: 'GET',
    path: `/jobs/query/${page.id}/results`,
    query: { maxRecords: String(rowsPerPage), ...(page.locator !== null && { locator: page.locator }) },
    answer: z.string(),
    repeatable: true,
    signal: page.signal,
  })
  const locator = headers['sforce-locator'] ?? 'null'
  return {
    rows: parseCsv(body).map((cells) => toRow(description, cells)),
    next: locator === 'null' ? null : locator,
  }
}

const numeric = new Set(['int', 'long', 'double', 'currency', 'percent'])

function toRow(description: ObjectDescription, cells: Readonly<Record<string, string>>): Row {
  return Object.fromEntries(
    Object.entries(cells).map(([name, text]) => [name, toValue(text, fieldOf(description, name)?.type)]),
  )
}

/** CSV knows only texts: an empty one is null, booleans and numbers get their type back (trap 23). */
function toValue(text: string, type: string | undefined): JsonValue {
  if (text === '') return null
  if (type === 'boolean') return text === 'true'
  if (type === undefined || !numeric.has(type)) return text
  const number = Number(text)
  return Number.isNaN(number) ? text : number
}
