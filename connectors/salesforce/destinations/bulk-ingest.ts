import { z } from 'zod'
import { bulkJobBudget } from '../budgets.ts'
import { callSalesforce } from '../client.ts'
import type { SalesforceContext } from '../config.ts'
import { parseCsv, toCsvLine } from '../csv.ts'
import { pollJob } from '../poll-job.ts'
import { toId18 } from '../salesforce-id.ts'
import type { RowResult, RowWrite } from './write-rows.ts'

/**
 * Writes rows by one Bulk API 2.0 job and waits for its end, so that each row has its own outcome: Salesforce tells whom it refused
 * and why, which a job followed later (`accepted`) could only count. Creating a job twice would write twice: all that is sent by it
 * is keyed (external id, record id, or a pair that is unique), so a second job changes nothing.
 */
export async function ingest(
  context: SalesforceContext,
  write: RowWrite,
  signal: AbortSignal,
): Promise<RowResult[]> {
  const { act } = write
  const path = `/jobs/ingest/${await createJob(context, write, signal)}`
  await callSalesforce(context, {
    act,
    method: 'PUT',
    path: `${path}/batches`,
    body: toCsv(write),
    answer: z.unknown(),
    // Before UploadComplete the same content may be put again.
    repeatable: true,
    signal,
  })
  await callSalesforce(context, {
    act,
    method: 'PATCH',
    path,
    body: { state: 'UploadComplete' },
    answer: z.object({ id: z.string() }),
    repeatable: true,
    signal,
  })
  await pollJob(context, { act, path, signal })
  return collect(context, write, { path, signal })
}

async function createJob(context: SalesforceContext, write: RowWrite, signal: AbortSignal): Promise<string> {
  const { body } = await callSalesforce(context, {
    act: write.act,
    method: 'POST',
    path: '/jobs/ingest',
    body: {
      object: write.object,
      operation: write.operation,
      ...(write.operation === 'upsert' && { externalIdFieldName: write.externalIdField }),
      contentType: 'CSV',
      lineEnding: 'LF',
      columnDelimiter: 'COMMA',
    },
    answer: z.object({ id: z.string().regex(/^\w{15,18}$/) }),
    repeatable: false,
    budget: bulkJobBudget,
    signal,
  })
  return body.id
}

function toCsv({ rows }: RowWrite): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  // An empty cell leaves the value as it is; "#N/A", which would blank it, is never written.
  const lines = rows.map((row) => toCsvLine(columns.map((column) => String(row[column] ?? ''))))
  return toCsvLine(columns) + lines.join('')
}

type Line = Readonly<Record<string, string>>

/** Brings results and rows together by the key column that comes back: the order of results is not that of the rows. */
async function collect(
  context: SalesforceContext,
  write: RowWrite,
  job: { readonly path: string; readonly signal: AbortSignal },
): Promise<RowResult[]> {
  const results = new Map<string, RowResult>()
  const read = async (part: string, toResult: (line: Line) => RowResult): Promise<void> => {
    const { body } = await callSalesforce(context, {
      act: write.act,
      method: 'GET',
      path: `${job.path}/${part}`,
      answer: z.string(),
      repeatable: true,
      signal: job.signal,
    })
    for (const line of parseCsv(body)) results.set(write.keyOf(line), toResult(line))
  }
  await read('successfulResults', (line) => ({ kind: 'written', id: toId18(line['sf__Id'] ?? '') }))
  await read('failedResults', (line) => toRefused(line['sf__Error'] ?? ''))
  return write.rows.map((row) => results.get(write.keyOf(row)) ?? unprocessed)
}

/** Rows that a job did not come to may go through later. */
const unprocessed: RowResult = {
  kind: 'refused',
  refusal: { statusCode: 'PROCESSING_HALTED', message: 'The job ended before this row.', fields: [] },
}

/** "CODE:message:FIELDS --"; the message may hold colons itself. */
function toRefused(error: string): RowResult {
  const [statusCode = '', ...rest] = error.split(':')
  const fields = (rest.length > 1 ? (rest.pop() ?? '') : '').replace(/\s*--\s*$/, '')
  return {
    kind: 'refused',
    refusal: {
      statusCode,
      message: rest.join(':'),
      fields: fields.split(/[,\s]+/).filter((name) => name !== ''),
    },
  }
}
