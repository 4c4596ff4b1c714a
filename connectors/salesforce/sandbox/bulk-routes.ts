import { z } from 'zod'
import type { Clock } from '../../../core/port/clock.ts'
import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { csvLine, readCsv } from './bulk-csv.ts'
import { toObjectName, type Fields, type Org } from './org.ts'
import { dataPath } from './query-routes.ts'
import type { ObjectName } from './record-id.ts'
import { runSoql, type QueryResult } from './run-soql.ts'
import { salesforceError } from './salesforce-error.ts'
import { saveError } from './salesforce-error.ts'
import {
  deleteRecord,
  insertRecord,
  refused,
  unknownField,
  updateRecord,
  upsertRecord,
  type SaveResult,
} from './save-record.ts'

const ingestBody = z.object({
  object: z.string(),
  operation: z.enum(['insert', 'update', 'upsert', 'delete', 'hardDelete']),
  externalIdFieldName: z.string().optional(),
  lineEnding: z.enum(['LF', 'CRLF']).default('LF'),
  columnDelimiter: z.literal('COMMA').default('COMMA'),
})
const queryBody = z.object({ operation: z.enum(['query', 'queryAll']), query: z.string() })

type Line = Readonly<Record<string, string>>

interface IngestJob {
  readonly id: string
  readonly object: ObjectName
  readonly settings: z.output<typeof ingestBody>
  state: 'Open' | 'UploadComplete' | 'JobComplete' | 'Aborted' | 'Failed'
  csv: string
  /** When the work will be done; it is done when somebody looks after that. */
  doneAt: number
  results: readonly { readonly line: Line; readonly result: SaveResult }[]
}

interface QueryJob {
  readonly id: string
  readonly result: QueryResult
  readonly doneAt: number
}

export interface BulkOptions {
  readonly org: Org
  readonly clock: Clock
  /** How long a job takes. */
  readonly jobMs: number
}

const notFound = (): SandboxReply =>
  salesforceError(404, 'NOT_FOUND', 'The requested resource does not exist')
const invalid = (message: string): SandboxReply => salesforceError(400, 'INVALIDJOBSTATE', message)
const csv = (body: string, headers: Readonly<Record<string, string>> = {}): SandboxReply => ({
  status: 200,
  headers: { 'content-type': 'text/csv', ...headers },
  body,
})

const route = (method: string, path: string, answer: SandboxRoute['answer']): SandboxRoute => ({
  method,
  pattern: new RegExp(`^${dataPath}/jobs/${path}$`),
  answer,
})

/** Bulk API 2.0 (2.3, 2.4): jobs that take a while, results as CSV. */
export function bulkRoutes(options: BulkOptions): SandboxRoute[] {
  return [...ingestRoutes(options), ...queryRoutes(options)]
}

function ingestRoutes({ org, clock, jobMs }: BulkOptions): SandboxRoute[] {
  const jobs = new Map<string, IngestJob>()
  const one = (method: string, path: string, answer: JobAnswer): SandboxRoute =>
    route(method, `ingest/(?<id>\\w+)${path}`, (request) => {
      const job = jobs.get(request.params['id'] ?? '')
      if (!job) return notFound()
      finish(org, job, clock.now())
      return answer(job, request)
    })
  const tell = (job: IngestJob): SandboxReply => ({ status: 200, body: describeJob(job, clock.now()) })
  return [
    route('POST', 'ingest/?', ({ body }) => {
      const job = openJob(body, jobs.size + 1)
      if (!job) return salesforceError(400, 'INVALIDJOB', 'unexpected job')
      jobs.set(job.id, job)
      return tell(job)
    }),
    one('PUT', '/batches', (job, { text }) => {
      if (job.state !== 'Open') return invalid('batches are taken only while the job is open')
      job.csv = text
      return { status: 201 }
    }),
    one('PATCH', '', (job, { body }) => {
      const { state } = stateBody.safeParse(body).data ?? {}
      if (state === undefined) return invalid('unexpected state')
      job.state = state
      job.doneAt = clock.now() + jobMs
      return tell(job)
    }),
    one('GET', '', tell),
    one('GET', '/successfulResults/?', (job) => csv(writeResults(job, true))),
    one('GET', '/failedResults/?', (job) => csv(writeResults(job, false))),
    one('GET', '/unprocessedrecords/?', () => csv('')),
  ]
}

type JobAnswer = (job: IngestJob, request: SandboxRequest) => SandboxReply
const stateBody = z.object({ state: z.enum(['UploadComplete', 'Aborted']) })

function openJob(body: unknown, number: number): IngestJob | undefined {
  const settings = ingestBody.safeParse(body).data
  const object = settings && toObjectName(settings.object)
  if (!settings || !object) return undefined
  const id = `750${String(number).padStart(15, '0')}`
  return { id, object, settings, state: 'Open', csv: '', doneAt: 0, results: [] }
}

const describeJob = (job: IngestJob, now: number): Record<string, unknown> => ({
  id: job.id,
  object: job.settings.object,
  operation: job.settings.operation,
  state: job.state === 'UploadComplete' && now >= job.doneAt - 2000 ? 'InProgress' : job.state,
  numberRecordsProcessed: job.results.length,
})

function finish(org: Org, job: IngestJob, now: number): void {
  if (job.state !== 'UploadComplete' || now < job.doneAt) return
  const lines = readCsv(job.csv)
  const unknown = unknownField(org, job.object, lines[0] ?? {})
  if (unknown !== undefined) {
    job.state = 'Failed'
    return
  }
  job.results = lines.map((line) => ({ line, result: save(org, job, line) }))
  job.state = 'JobComplete'
}

/** An empty cell leaves a value as it is, "#N/A" blanks it; texts become what the field is. */
function save(org: Org, { object, settings }: IngestJob, line: Line): SaveResult {
  const fields: Fields = Object.fromEntries(
    Object.entries(line).flatMap(([name, text]) =>
      text === '' ? [] : [[name, toValue(org, object, name, text)]],
    ),
  )
  const { Id, ...rest } = fields
  switch (settings.operation) {
    case 'insert':
      return insertRecord(org, object, fields)
    case 'update':
      return updateRecord(org, object, String(Id ?? ''), rest)
    case 'upsert': {
      const field = settings.externalIdFieldName ?? ''
      const value = String(fields[field] ?? '')
      return value === ''
        ? refused(saveError('MISSING_ARGUMENT', `${field} not specified`))
        : upsertRecord(org, object, { field, value }, fields)
    }
    default:
      return deleteRecord(org, object, String(Id ?? ''))
  }
}

function toValue(org: Org, object: ObjectName, name: string, text: string): string | number | boolean | null {
  if (text === '#N/A') return null
  const type = org.fieldsOf(object).get(name.toLowerCase())?.type
  if (type === 'boolean') return text === 'true'
  return (type === 'double' || type === 'currency') && text.trim() !== '' && !Number.isNaN(Number(text))
    ? Number(text)
    : text
}

/** The order of results is not that of the rows: they come back reversed. */
function writeResults(job: IngestJob, success: boolean): string {
  const own = job.results.filter(({ result }) => result.success === success).toReversed()
  const columns = Object.keys(job.results[0]?.line ?? {})
  const head = csvLine(['sf__Id', success ? 'sf__Created' : 'sf__Error', ...columns])
  return (
    head +
    own
      .map(({ line, result }) =>
        csvLine([
          result.success ? result.id : (line['Id'] ?? ''),
          result.success ? String(result.created === true) : errorText(result),
          ...columns.map((column) => line[column] ?? ''),
        ]),
      )
      .join('')
  )
}

function errorText(result: Extract<SaveResult, { success: false }>): string {
  const [error] = result.errors
  return `${error?.statusCode ?? ''}:${error?.message ?? ''}:${error?.fields.join(',') ?? ''} --`
}

function queryRoutes({ org, clock, jobMs }: BulkOptions): SandboxRoute[] {
  const jobs = new Map<string, QueryJob>()
  return [
    route('POST', 'query/?', ({ body }) => {
      const asked = queryBody.safeParse(body).data
      if (!asked) return salesforceError(400, 'INVALIDJOB', 'unexpected job')
      const all = asked.operation === 'queryAll'
      const result = runSoql(org, asked.query, { all, now: clock.now() })
      if ('status' in result) return result
      const compound = result.fields.find((name) => isCompound(org, result.object, name))
      if (compound !== undefined || result.fields.length === 0)
        return salesforceError(
          400,
          'INVALIDJOB',
          'compound data and aggregates are not supported in Bulk Query',
        )
      const id = `750${String(jobs.size + 1).padStart(15, 'Q')}`
      jobs.set(id, { id, result, doneAt: clock.now() + jobMs })
      return { status: 200, body: { id, state: 'UploadComplete', operation: asked.operation } }
    }),
    route('GET', 'query/(?<id>\\w+)', ({ params }) => {
      const job = jobs.get(params['id'] ?? '')
      if (!job) return notFound()
      return {
        status: 200,
        body: { id: job.id, state: clock.now() < job.doneAt ? 'InProgress' : 'JobComplete' },
      }
    }),
    route('DELETE', 'query/(?<id>\\w+)', ({ params }) => {
      jobs.delete(params['id'] ?? '')
      return { status: 204 }
    }),
    route('GET', 'query/(?<id>\\w+)/results/?', ({ params, query }) => {
      const job = jobs.get(params['id'] ?? '')
      if (!job || clock.now() < job.doneAt) return notFound()
      return resultPage(
        org,
        job,
        Number(query.get('maxRecords') ?? '50000'),
        Number(query.get('locator') ?? '0'),
      )
    }),
  ]
}

const isCompound = (org: Org, object: ObjectName, name: string): boolean =>
  org.fieldsOf(object).get(name.toLowerCase())?.type === 'address'

/** The header `Sforce-Locator` names the next page; the text "null" ends. */
function resultPage(org: Org, { result }: QueryJob, size: number, from: number): SandboxReply {
  const page = result.records.slice(from, from + size)
  const next = from + size < result.records.length ? String(from + size) : 'null'
  const lines = page.map((record) =>
    csvLine(result.fields.map((name) => String(org.value(result.object, record, name) ?? ''))),
  )
  return csv(csvLine([...result.fields]) + lines.join(''), {
    'sforce-locator': next,
    'sforce-numberofrecords': String(page.length),
  })
}
