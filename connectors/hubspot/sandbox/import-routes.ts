import { z } from 'zod'
import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { hubspotError, invalid, notFound } from './hubspot-error.ts'
import type { ImportColumn } from './import-row.ts'
import type { ImportStore, SandboxImport } from './import-store.ts'
import { readCsv, readMultipart } from './multipart.ts'
import { isoTime } from './record-view.ts'

/** Published: rows of a file, the header included (chapter 1.4). */
const mostRows = 1_048_576
/** Results of one page at most. */
const largestPage = 100

const importRequest = z.object({
  name: z.string().min(1),
  importOperations: z.record(z.string(), z.enum(['UPSERT', 'CREATE', 'UPDATE'])).default({}),
  dateFormat: z.enum(['MONTH_DAY_YEAR', 'DAY_MONTH_YEAR', 'YEAR_MONTH_DAY']).default('MONTH_DAY_YEAR'),
  marketableContactImport: z.boolean().optional(),
  createContactListFromImport: z.boolean().optional(),
  files: z
    .array(
      z.object({
        fileName: z.string(),
        fileFormat: z.literal('CSV'),
        fileImportPage: z.object({
          hasHeader: z.literal(true),
          columnMappings: z.array(
            z.object({
              columnObjectTypeId: z.literal('0-1'),
              columnName: z.string(),
              propertyName: z.string(),
              columnType: z.enum(['STANDARD', 'HUBSPOT_ALTERNATE_ID']).optional(),
            }),
          ),
        }),
      }),
    )
    .length(1),
})
type ImportRequest = z.output<typeof importRequest>

/** Imports of contacts (chapter 1.4, "Large loads"): start, state, errors, cancel. An app sees its own imports only. */
export function importRoutes(imports: ImportStore): SandboxRoute[] {
  const prefix = String.raw`/crm/imports/(?:2026-03|2026-09)`
  const route = (method: string, path: string, answer: SandboxRoute['answer']): SandboxRoute => ({
    method,
    pattern: new RegExp(`^${prefix}${path}$`),
    answer(request) {
      imports.advance()
      return answer(request)
    },
  })
  const onImport = (
    method: string,
    path: string,
    answer: (found: SandboxImport, request: SandboxRequest) => SandboxReply,
  ): SandboxRoute =>
    route(method, String.raw`/(?<id>\d+)${path}`, (request) => {
      const found = imports.all.get(request.params['id'] ?? '')
      return found ? answer(found, request) : notFound('Import does not exist')
    })
  return [
    route('POST', '', (request) => start(imports, request)),
    route('GET', '', ({ query }) => page([...imports.all.values()].map(importView), query)),
    onImport('GET', '', (found) => ({ status: 200, body: importView(found) })),
    onImport('GET', '/errors', (found, { query }) => page(faultViews(found, query), query)),
    onImport('POST', '/cancel', ({ id }) =>
      imports.cancel(id) ? { status: 200, body: { status: 'CANCELED' } } : invalid('The import has ended'),
    ),
  ]
}

function start(imports: ImportStore, { text, headers }: SandboxRequest): SandboxReply {
  const contentType = headers['content-type'] ?? ''
  if (!contentType.startsWith('multipart/form-data'))
    return hubspotError(415, { category: 'VALIDATION_ERROR', message: 'multipart/form-data is expected' })
  const parts = readMultipart(text, contentType)
  const request = importRequest.safeParse(parseJson(parts.get('importRequest')?.text ?? ''))
  const file = parts.get('files')
  if (!request.success || !file) return invalid('Invalid importRequest')
  const rows = readCsv(file.text)
  const columns = toColumns(request.data)
  const refusal = refuseFile(imports, { request: request.data, fileName: file.fileName, rows, columns })
  if (refusal) return refusal
  const { name, importOperations } = request.data
  const operation = importOperations['0-1'] ?? 'UPSERT'
  const started = imports.start({ name, operation, request: request.data, columns, rows: rows.slice(1) })
  return { status: 200, body: importView(started) }
}

const toColumns = ({ files }: ImportRequest): ImportColumn[] =>
  (files[0]?.fileImportPage.columnMappings ?? []).map(({ columnName, propertyName, columnType }) => ({
    columnName,
    propertyName,
    isKey: columnType === 'HUBSPOT_ALTERNATE_ID',
  }))

interface UploadedFile {
  readonly request: ImportRequest
  readonly fileName: string | undefined
  readonly rows: readonly (readonly string[])[]
  readonly columns: readonly ImportColumn[]
}

function refuseFile(
  imports: ImportStore,
  { request, fileName, rows, columns }: UploadedFile,
): SandboxReply | undefined {
  if (rows.length > mostRows)
    return hubspotError(429, { category: 'RATE_LIMITS', message: 'The file has too many rows.' })
  if (fileName !== request.files[0]?.fileName) return invalid('The file name does not match the request')
  if (String(rows[0]) !== String(columns.map(({ columnName }) => columnName)))
    return invalid('The header does not match the column mappings')
  const { definitions } = imports.contacts
  const unknown = columns.find(({ propertyName }) => !definitions.has(propertyName))
  if (unknown) return invalid(`Property ${unknown.propertyName} does not exist`, 'PROPERTY_DOESNT_EXIST')
  const keys = columns.filter(({ isKey }) => isKey)
  return keys.length === 1 && definitions.get(keys[0]?.propertyName ?? '')?.hasUniqueValue
    ? undefined
    : invalid('One column must be a unique identifier')
}

function importView({ id, name, state, createdAt, rows, request }: SandboxImport): Record<string, unknown> {
  return {
    id,
    state,
    importName: name,
    importSource: 'API',
    importRequestJson: request,
    createdAt: isoTime(createdAt),
    updatedAt: isoTime(createdAt),
    optOutImport: false,
    mappedObjectTypeIds: ['0-1'],
    metadata: { counters: { TOTAL_ROWS: rows.length }, fileIds: [], objectLists: [] },
  }
}

function faultViews({ id, faults }: SandboxImport, query: URLSearchParams): Record<string, unknown>[] {
  return faults.map(({ errorType, lineNumber, cells }, index) => ({
    id: `${id}${index}`,
    createdAt: 0,
    errorType,
    objectTypeId: '0-1',
    ...(query.get('includeErrorMessage') === 'true' && { errorMessage: `${errorType}: ${cells.join(' ')}` }),
    sourceData: {
      lineNumber,
      fileId: 1,
      pageName: null,
      containsEncryptedProperties: false,
      additionalRowData: [],
      rowData: query.get('includeRowData') === 'true' ? cells : [],
    },
  }))
}

/** Pages by an opaque cursor. */
function page(results: readonly unknown[], query: URLSearchParams): SandboxReply {
  const limit = Number(query.get('limit') ?? '10')
  if (!Number.isInteger(limit) || limit < 1 || limit > largestPage)
    return invalid('limit must be between 1 and 100')
  const from = Number(Buffer.from(query.get('after') ?? '', 'base64url').toString() || '0')
  const next = from + limit
  const after = Buffer.from(String(next)).toString('base64url')
  return {
    status: 200,
    body: {
      results: results.slice(from, next),
      ...(next < results.length && { paging: { next: { after } } }),
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
