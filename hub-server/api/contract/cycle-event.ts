import { z } from 'zod'
import type { AudienceSize } from '../../../core/connector/destination.ts'
import { cycleStages, type CycleEvent, type Drift, type EndedRun } from '../../../core/sync/cycle-event.ts'
import { runStates } from '../../../core/sync/run.ts'
import { plainErrorContract } from './error.ts'
import { countersContract } from './run.ts'
import { asIs, instant, namedCounts, wire } from './wire.ts'

/** How one sync ended, as fields of an object of the API. */
export const endedRunFields = {
  runId: z.string(),
  sync: z.string(),
  kind: z.enum(['pull', 'deliver']),
  state: z.enum(runStates),
  counters: countersContract,
  error: plainErrorContract.nullable(),
  planDigest: z.string().nullable(),
  drift: wire<Drift>({
    expected: z.int(),
    size: asIs<AudienceSize>('The size that the platform tells, exact or between bounds'),
    visibleAfterMs: z.number(),
    tooFewFor: z.int().exactOptional(),
  }).exactOptional(),
}

type EventOf<Kind extends CycleEvent['kind']> = Extract<CycleEvent, { readonly kind: Kind }>

const stageFields = {
  at: instant,
  stage: z.enum(cycleStages),
  sync: z.string().exactOptional(),
}

/** What a cycle tells while it runs. */
export const cycleEventContract: z.ZodType<CycleEvent, Record<string, unknown>> = z.union([
  wire<EventOf<'cycle_started'>>({
    kind: z.literal('cycle_started'),
    at: instant,
    asOf: instant,
    syncs: z.array(z.string()),
  }),
  wire<EventOf<'stage_started'>>({ kind: z.literal('stage_started'), ...stageFields }),
  wire<EventOf<'stage_progress'>>({
    kind: z.literal('stage_progress'),
    ...stageFields,
    done: z.int(),
    total: z.int().exactOptional(),
  }),
  wire<EventOf<'stage_ended'>>({
    kind: z.literal('stage_ended'),
    ...stageFields,
    counts: namedCounts,
    state: z.enum(runStates).exactOptional(),
    runId: z.string().exactOptional(),
    error: plainErrorContract.exactOptional(),
  }),
  wire<EventOf<'cycle_ended'>>({
    kind: z.literal('cycle_ended'),
    at: instant,
    runs: z.array(wire<EndedRun>(endedRunFields)),
  }),
])
