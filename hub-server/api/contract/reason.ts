import { z } from 'zod'
import { wire } from './wire.ts'

/** Why records were rejected or failed: the platform's code and words, and how many. */
export interface ReasonDocument {
  readonly code: string
  readonly message: string
  readonly count: number
}
export const reasonContract = wire<ReasonDocument>({ code: z.string(), message: z.string(), count: z.int() })

export const reasonsContract = wire<{ readonly reasons: readonly ReasonDocument[] }>({
  reasons: z.array(reasonContract),
})
