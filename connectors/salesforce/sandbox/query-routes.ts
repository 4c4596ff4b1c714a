import type { Clock } from '../../../core/port/clock.ts'
import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import type { Org } from './org.ts'
import { runSoql, toRow, type QueryResult } from './run-soql.ts'
import { salesforceError } from './salesforce-error.ts'

export const dataPath = String.raw`/services/data/v(?<version>\d+\.0)`

const dayMs = 86_400_000
/** A cursor lives two days idle (2.3). */
const cursorLifeMs = 2 * dayMs
const defaultPage = 2000

interface Cursor {
  readonly result: QueryResult
  usedAt: number
}

export interface QueryCursors {
  readonly routes: readonly SandboxRoute[]
  /** From now on no page that was promised can be had. */
  forget(): void
}

const get = (path: string, answer: SandboxRoute['answer']): SandboxRoute => ({
  method: 'GET',
  pattern: new RegExp(`^${dataPath}${path}$`),
  answer,
})

/** `/query`, `/queryAll` and their next pages. */
export function createQueryRoutes(org: Org, clock: Clock, pageSize: number | undefined): QueryCursors {
  const cursors = new Map<string, Cursor>()
  let count = 0

  const start = (request: SandboxRequest, all: boolean): SandboxReply => {
    const result = runSoql(org, request.query.get('q') ?? '', { all, now: clock.now() })
    if ('status' in result) return result
    if (result.fields.length === 0)
      return { status: 200, body: { totalSize: result.records.length, done: true, records: [] } }
    count += 1
    const id = `01g${String(count).padStart(15, '0')}`
    cursors.set(id, { result, usedAt: clock.now() })
    return page(request, id, 0)
  }

  const page = (request: SandboxRequest, id: string, from: number): SandboxReply => {
    const cursor = cursors.get(id)
    if (!cursor || clock.now() - cursor.usedAt > cursorLifeMs)
      return salesforceError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator')
    cursor.usedAt = clock.now()
    const { records } = cursor.result
    const asked = /batchSize=(\d+)/.exec(request.headers['sforce-query-options'] ?? '')?.[1]
    const size = pageSize ?? Math.min(2000, Math.max(200, Number(asked ?? defaultPage)))
    const done = from + size >= records.length
    if (done) cursors.delete(id)
    return {
      status: 200,
      body: {
        totalSize: records.length,
        done,
        ...(!done && {
          nextRecordsUrl: `/services/data/v${request.params['version'] ?? ''}/query/${id}-${from + size}`,
        }),
        records: records.slice(from, from + size).map((record) => toRow(org, cursor.result, record)),
      },
    }
  }

  return {
    forget: () => cursors.clear(),
    routes: [
      get('/query/?', (request) => start(request, false)),
      get('/queryAll/?', (request) => start(request, true)),
      get('/query(?:All)?/(?<id>01g[0-9]+)-(?<from>[0-9]+)', (request) =>
        page(request, request.params['id'] ?? '', Number(request.params['from'])),
      ),
    ],
  }
}
