import { z } from 'zod'
import type { StreamRef } from '../../../core/port/profile-store.ts'
import { wire } from './wire.ts'

/** What a check of a quality manifest finds in the records of a stream. */
export interface CheckFinding extends StreamRef {
  readonly target: string
  readonly check: string
  readonly action: string
  readonly code: string
  readonly records: number
  readonly suggestions: readonly string[]
}

export const checkFindingContract = wire<CheckFinding>({
  connection: z.string(),
  stream: z.string(),
  target: z.string(),
  check: z.string(),
  action: z.string(),
  code: z.string(),
  records: z.int(),
  suggestions: z.array(z.string()),
})
