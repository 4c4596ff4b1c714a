import { z } from 'zod'

/** GET /v1/runs/{id}/reasons: why records of a run were rejected or failed, grouped, most frequent first. */
export const reasonsContract = z.strictObject({
  reasons: z.array(z.strictObject({ code: z.string(), message: z.string(), count: z.int() })),
})
export type ReasonsDocument = z.output<typeof reasonsContract>
