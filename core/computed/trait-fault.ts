import type { ErrorParams } from '../errors/affluent-error.ts'
import type { ErrorCode } from '../errors/error-codes.ts'

/** A fault of a computed trait at a place inside its expression. `trait.wrong_type` has operation, expected, found. */
export interface TraitFault {
  readonly path: readonly (string | number)[]
  readonly code: Extract<ErrorCode, `trait.${string}` | `segment.${string}`>
  readonly params: ErrorParams
}
