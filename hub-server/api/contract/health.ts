import { z } from 'zod'

/** GET /livez: the process answers. */
export const livenessContract = z.strictObject({ status: z.literal('live') })

const state = z.enum(['ready', 'not_ready'])

/** GET /readyz: how many of the checks passed, and which part of the hub takes work. Which check failed is told to those who are signed in. */
export const readinessContract = z.strictObject({
  status: state,
  /** Events of clients and messages of platforms. */
  ingest: state,
  /** Pulls and deliveries. */
  sync: state,
  passed: z.int(),
  failed: z.int(),
  checks: z.array(z.strictObject({ name: z.string(), code: z.string().nullable() })).exactOptional(),
})
export type ReadinessDocument = z.output<typeof readinessContract>
