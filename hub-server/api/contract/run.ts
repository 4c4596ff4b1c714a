import { z } from 'zod'
import { noCounters, runStates, type Run, type RunCounters, type RunState } from '../../../core/sync/run.ts'
import { describeRoute } from './describe-route.ts'
import { storedErrorContract, type StoredError } from './error.ts'
import { maskReason, reasonsContract } from './reason.ts'
import { instant, nameText, pageQuery, wire, type PageQuery } from './wire.ts'

/** The counters of a run. */
export const countersContract = wire<RunCounters>({
  read: z.int(),
  quarantined: z.int(),
  untold: z.int(),
  planned: z.int(),
  adds: z.int(),
  updates: z.int(),
  removes: z.int(),
  applied: z.int(),
  rejected: z.int(),
  skipped: z.int(),
  pending: z.int(),
  withheld: z.int(),
  calls: z.int(),
})

/** A run as the API shows it: with the words for its error. */
export interface RunDocument extends Omit<Run, 'error'> {
  readonly error: StoredError | null
}

export const runContract = wire<RunDocument>({
  id: z.string(),
  sync: z.string(),
  kind: z.enum(['pull', 'deliver']),
  state: z.enum(runStates),
  startedAt: instant,
  finishedAt: instant.nullable(),
  asOf: instant,
  counters: countersContract,
  planDigest: z.string().nullable(),
  approvedBy: z.string().nullable(),
  startedBy: z.string().nullable(),
  error: storedErrorContract.nullable(),
})

export interface RunPage {
  readonly runs: readonly RunDocument[]
  /** Null on the last page. */
  readonly nextCursor: string | null
}
export const runPageContract = wire<RunPage>({
  runs: z.array(runContract),
  nextCursor: z.string().nullable(),
})

export const exampleRun = {
  id: '0b9fa4c2-3a51-4d0c-8f4e-2d1b7a6f0c11',
  sync: 'big-spenders-to-meta',
  kind: 'deliver',
  state: 'incomplete',
  started_at: '2026-11-22T08:00:00.000Z',
  finished_at: '2026-11-22T08:00:05.000Z',
  as_of: '2026-11-22T08:00:00.000Z',
  counters: { ...noCounters, planned: 500, adds: 480, removes: 20, applied: 497, rejected: 3, calls: 4 },
  plan_digest: null,
  approved_by: null,
  started_by: 'cli:ada',
  error: null,
}

interface RunQuery extends PageQuery {
  readonly sync?: string
  readonly state?: RunState
}
const runParams = wire<{ readonly id: string }>({ id: nameText })

export const listRuns = describeRoute({
  name: 'runs.list',
  method: 'GET',
  path: '/v1/runs',
  permission: 'runs:read',
  summary: 'Runs, newest first.',
  query: wire<RunQuery>({
    ...pageQuery,
    sync: nameText.exactOptional(),
    state: z.enum(runStates).exactOptional(),
  }),
  answer: runPageContract,
  example: { query: { limit: '20' }, answer: { runs: [exampleRun], next_cursor: null } },
})

export const showRun = describeRoute({
  name: 'runs.show',
  method: 'GET',
  path: '/v1/runs/{id}',
  permission: 'runs:read',
  summary: 'One run.',
  params: runParams,
  answer: runContract,
  errors: ['api.object_unknown'],
  example: { params: { id: exampleRun.id }, answer: exampleRun },
})

export const showReasons = describeRoute({
  name: 'runs.reasons',
  method: 'GET',
  path: '/v1/runs/{id}/reasons',
  permission: 'runs:read',
  summary: 'Why records of a run were rejected or failed, grouped, most frequent first.',
  params: runParams,
  answer: reasonsContract,
  masked: ({ reasons }) => ({ reasons: reasons.map(maskReason) }),
  errors: ['api.object_unknown'],
  example: {
    params: { id: exampleRun.id },
    answer: { reasons: [{ code: 'invalid_email', message: 'not an address', count: 3 }] },
  },
})

export const runContracts = [listRuns, showRun, showReasons]
