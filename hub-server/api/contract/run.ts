import { z } from 'zod'
import { runStates, type RunCounters } from '../../../core/sync/run.ts'

const instant = z.iso.datetime()

/** The counters of a run, under the names of `RunCounters`. */
const countersContract = z.strictObject({
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
} satisfies Record<keyof RunCounters, z.ZodType>)

export const runContract = z.strictObject({
  id: z.string(),
  sync: z.string(),
  kind: z.enum(['pull', 'deliver']),
  state: z.enum(runStates),
  started_at: instant,
  finished_at: instant.nullable(),
  /** The instant the run evaluates at. */
  as_of: instant,
  counters: countersContract,
  /** Digest of the plan that waits for approval, or was approved. */
  plan_digest: z.string().nullable(),
  approved_by: z.string().nullable(),
  /** Why it failed, was parked or stopped; in the reader's language. */
  error: z.strictObject({ code: z.string(), title: z.string(), repair: z.string() }).nullable(),
})
export type RunDocument = z.output<typeof runContract>

/** GET /v1/runs: newest first. */
export const runQueryContract = z.strictObject({
  sync: z.string().min(1).max(64).optional(),
  state: z.enum(runStates).optional(),
  /** Runs per page. */
  limit: z.coerce.number().pipe(z.int().min(1).max(500)).default(50),
  /** `next_cursor` of the page before. */
  cursor: z.string().min(1).max(512).optional(),
})

export const runPageContract = z.strictObject({
  runs: z.array(runContract),
  /** Null on the last page. */
  next_cursor: z.string().nullable(),
})
export type RunPage = z.output<typeof runPageContract>
