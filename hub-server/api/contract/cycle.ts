import { z } from 'zod'
import type { EndedRun } from '../../../core/sync/cycle-event.ts'
import { endedRunFields } from './cycle-event.ts'
import { describeRoute } from './describe-route.ts'
import { plainErrorContract, type PlainError } from './error.ts'
import { maskReason, reasonContract, type ReasonDocument } from './reason.ts'
import { exampleRun, runContract, type RunDocument } from './run.ts'
import { instant, nameText, wire } from './wire.ts'

const syncNames = z.array(nameText).max(1000)

/** What a cycle is to do: all syncs unless some are named. */
export interface CycleOrder {
  readonly only?: readonly string[]
  /** Syncs whose members are sent again, all of them, in one exchange. */
  readonly replace?: readonly string[]
  readonly asOf?: number
}

/** A run as a cycle ended it, with the reasons of what was rejected. */
export interface CycleRun extends EndedRun {
  readonly reasons: readonly ReasonDocument[]
}

/** How a cycle ended. */
export interface CycleDocument {
  readonly runs: readonly CycleRun[]
  readonly error?: PlainError
  readonly faults?: readonly PlainError[]
}

const cycleContract = wire<CycleDocument>({
  runs: z.array(wire<CycleRun>({ ...endedRunFields, reasons: z.array(reasonContract) })),
  error: plainErrorContract.exactOptional(),
  faults: z.array(plainErrorContract).exactOptional(),
})

export const startRuns = describeRoute({
  name: 'runs.start',
  method: 'POST',
  path: '/v1/runs',
  permission: 'syncs:run',
  mode: 'operation',
  cost: 'heavy',
  summary: 'Runs one cycle: pulls, profiles, segments, deliveries; of all syncs, or of those named.',
  body: wire<CycleOrder>({
    only: syncNames.exactOptional(),
    replace: syncNames.exactOptional(),
    asOf: instant.exactOptional(),
  }),
  answer: cycleContract,
  errors: ['run.sync_unknown', 'connector.capability_missing', 'run.not_applied'],
  example: { body: { only: ['pull-shop-contacts'] }, answer: { runs: [] } },
})

export const approveRun = describeRoute({
  name: 'runs.approve',
  method: 'POST',
  path: '/v1/runs/{id}/approve',
  permission: 'runs:approve',
  summary: 'Lets a run go on that the guard stopped, with exactly the plan of this digest.',
  params: wire<{ readonly id: string }>({ id: nameText }),
  body: wire<{ readonly digest: string }>({ digest: z.string().min(1).max(128) }),
  answer: runContract,
  errors: ['run.plan_changed', 'access.own_request'],
  example: { params: { id: exampleRun.id }, body: { digest: '3f9a1c2b7d4e' }, answer: exampleRun },
})

/** A sync with its last run and why rows were rejected. */
export interface SyncStatusDocument {
  readonly sync: string
  readonly lastRun: RunDocument | null
  readonly reasons: readonly ReasonDocument[]
}
interface Counts {
  readonly profiles: number
  readonly events: number
  readonly sourceRecords: number
}

export const showStatus = describeRoute({
  name: 'syncs.status',
  method: 'GET',
  path: '/v1/status',
  permission: 'syncs:read',
  summary: 'Each sync with its last run, what waits for a person, and how much the hub holds.',
  answer: wire<{ readonly syncs: readonly SyncStatusDocument[]; readonly counts: Counts }>({
    syncs: z.array(
      wire<SyncStatusDocument>({
        sync: z.string(),
        lastRun: runContract.nullable(),
        reasons: z.array(reasonContract),
      }),
    ),
    counts: wire<Counts>({ profiles: z.int(), events: z.int(), sourceRecords: z.int() }),
  }),
  masked: ({ syncs, counts }) => ({
    syncs: syncs.map((sync) => ({ ...sync, reasons: sync.reasons.map(maskReason) })),
    counts,
  }),
  errors: ['run.not_applied'],
  example: {
    answer: {
      syncs: [{ sync: exampleRun.sync, last_run: exampleRun, reasons: [] }],
      counts: { profiles: 10_000, events: 120_000, source_records: 14_000 },
    },
  },
})

export const cycleContracts = [startRuns, approveRun, showStatus]
