import { z } from 'zod'
import { maskWithin } from '../../../core/masking/mask-text.ts'
import { wire } from './wire.ts'

/** Why records were rejected or failed: the platform's code and words, and how many. */
export interface ReasonDocument {
  readonly code: string
  readonly message: string
  readonly count: number
}
/** Platforms repeat what they were sent; the code and the words around it stay. */
export const maskReason = (reason: ReasonDocument): ReasonDocument => ({
  ...reason,
  message: maskWithin(reason.message),
})
export const reasonContract = wire<ReasonDocument>({ code: z.string(), message: z.string(), count: z.int() })

export const reasonsContract = wire<{ readonly reasons: readonly ReasonDocument[] }>({
  reasons: z.array(reasonContract),
})
