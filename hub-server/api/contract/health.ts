import { z } from 'zod'

/** GET /livez: the process answers. */
export const livenessContract = z.strictObject({ status: z.literal('live') })

/** GET /readyz: how many of the checks passed. Which one failed is in the log, not in the answer. */
export const readinessContract = z.strictObject({
  status: z.enum(['ready', 'not_ready']),
  passed: z.int(),
  failed: z.int(),
})
export type ReadinessDocument = z.output<typeof readinessContract>
