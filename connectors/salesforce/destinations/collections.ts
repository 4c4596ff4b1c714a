import { z } from 'zod'
import { callSalesforce, type SalesforceRequest } from '../client.ts'
import type { SalesforceContext } from '../config.ts'
import { toId18 } from '../salesforce-id.ts'
import type { RowResult, RowWrite } from './write-rows.ts'

const saveResults = z.array(
  z.object({
    id: z.string().nullish(),
    success: z.boolean(),
    errors: z
      .array(
        z.object({
          statusCode: z.string().default(''),
          message: z.string().default(''),
          fields: z.array(z.string()).nullish(),
        }),
      )
      .default([]),
  }),
)
type SaveResult = z.output<typeof saveResults>[number]

/** Alert-only duplicate rules do not stop us, lead assignment does not run, and nobody's "recently viewed" fills up (2.4). */
const writeHeaders = {
  'sforce-duplicate-rule-header': 'allowSave=true',
  'sforce-auto-assign': 'false',
  'sforce-mru': 'updateMru=false',
}

/**
 * Writes at most 200 rows in one sObject Collections call, each for itself (`allOrNone` false); the answer is in the order of the
 * rows. Repeatable: upserts and updates by nature, deletes since a second one finds nothing, inserts since only what is unique by
 * itself (campaign members) is inserted.
 */
export async function sendCollection(
  context: SalesforceContext,
  write: RowWrite,
  signal: AbortSignal,
): Promise<RowResult[]> {
  const { body } = await callSalesforce(context, {
    act: write.act,
    ...toRequest(write),
    headers: writeHeaders,
    answer: saveResults,
    repeatable: true,
    codes: { INVALID_FIELD: 'platform.permission_missing' },
    signal,
  })
  return write.rows.map((_row, index) => toResult(body[index], write.operation))
}

type Wire = Pick<SalesforceRequest<z.ZodType>, 'method' | 'path' | 'query' | 'body'>

function toRequest({ operation, object, externalIdField = '', rows }: RowWrite): Wire {
  const records = rows.map((row) => ({ attributes: { type: object }, ...row }))
  const body = { allOrNone: false, records }
  switch (operation) {
    case 'insert':
      return { method: 'POST', path: '/composite/sobjects', body }
    case 'update':
      return { method: 'PATCH', path: '/composite/sobjects', body }
    case 'upsert':
      return { method: 'PATCH', path: `/composite/sobjects/${object}/${externalIdField}`, body }
    case 'delete':
      return {
        method: 'DELETE',
        path: '/composite/sobjects',
        query: { ids: rows.map((row) => String(row['Id'])).join(','), allOrNone: 'false' },
      }
    default:
      return operation satisfies never
  }
}

function toResult(result: SaveResult | undefined, operation: RowWrite['operation']): RowResult {
  if (!result) return { kind: 'unanswered' }
  if (result.success)
    return result.id || operation === 'delete'
      ? { kind: 'written', id: toId18(result.id ?? '') }
      : { kind: 'unanswered' }
  const [error] = result.errors
  if (!error) return { kind: 'unanswered' }
  const { statusCode, message, fields } = error
  return { kind: 'refused', refusal: { statusCode, message, fields: fields ?? [] } }
}
