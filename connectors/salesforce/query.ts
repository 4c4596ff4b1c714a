import { z } from 'zod'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { JsonObject } from '../../core/port/json.ts'
import { callSalesforce } from './client.ts'
import type { SalesforceContext } from './config.ts'
import { forgetDescriptions } from './describe.ts'

/** A row of an answer. Its values are JSON; `attributes` tells type and address. */
export type Row = JsonObject

/**
 * A row of a parsed answer, looked at no deeper: what JSON.parse made is JSON, and checking each value of a million rows takes longer
 * than reading them.
 */
export const row = z.custom<Row>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
)

const queryAnswer = z.object({
  done: z.boolean(),
  totalSize: z.number().default(0),
  records: z.array(row),
  /** Only a path of this org: an address elsewhere would be handed our token. */
  nextRecordsUrl: z
    .string()
    .regex(/^\/services\/data\/v[\d.]+\/query(?:All)?\/[\w-]+$/)
    .optional(),
})
export type QueryPage = z.output<typeof queryAnswer>

/** A query, or the next page of one. */
export interface Query {
  readonly act: string
  /** Deleted, merged and archived rows too. */
  readonly all?: boolean
  /** Of the org's own make-up: the Tooling API. */
  readonly tooling?: boolean
  readonly urgent?: boolean
  readonly signal?: AbortSignal
}

/** The first page of a query: at most 2,000 rows, fewer where rows are wide. */
export function query(context: SalesforceContext, soql: string, asked: Query): Promise<QueryPage> {
  const path = asked.all ? '/queryAll' : '/query'
  return read(context, asked.tooling ? `/tooling${path}` : path, asked, { q: soql })
}

/** The next page. A cursor that has ended its life (two days) is `platform.not_found`. */
export function queryMore(
  context: SalesforceContext,
  nextRecordsUrl: string,
  asked: Query,
): Promise<QueryPage> {
  return read(context, nextRecordsUrl, asked)
}

async function read(
  context: SalesforceContext,
  path: string,
  asked: Query,
  search?: Readonly<Record<string, string>>,
): Promise<QueryPage> {
  try {
    const { body } = await callSalesforce(context, {
      act: asked.act,
      method: 'GET',
      path,
      ...(search && { query: search }),
      answer: queryAnswer,
      repeatable: true,
      ...(asked.urgent !== undefined && { urgent: asked.urgent }),
      ...(asked.signal && { signal: asked.signal }),
    })
    return body
  } catch (error) {
    if (error instanceof PlatformError && error.params['error_code'] === 'INVALID_FIELD')
      forgetDescriptions(context)
    throw error
  }
}

/** All rows of a query that is known to be short. */
export async function queryAllPages(
  context: SalesforceContext,
  soql: string,
  asked: Query,
): Promise<readonly Row[]> {
  let page = await query(context, soql, asked)
  const rows = [...page.records]
  while (!page.done && page.nextRecordsUrl !== undefined) {
    page = await queryMore(context, page.nextRecordsUrl, asked)
    rows.push(...page.records)
  }
  return rows
}

/** A text of a row; undefined where it has none. */
export function textOf(row: Row, field: string): string | undefined {
  const value = row[field]
  return typeof value === 'string' && value !== '' ? value : undefined
}
