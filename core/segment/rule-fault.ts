import type { ErrorParams } from '../errors/affluent-error.ts'
import type { ErrorCode } from '../errors/error-codes.ts'
import type { RulePath } from './walk-rule.ts'

/** Codes that a rule's fault can have. */
type RuleFaultCode = Extract<ErrorCode, `segment.${string}`>

/**
 * A fault of a rule at a place inside it. Params: `segment.unknown_name` has kind, name, suggestion, known; `segment.wrong_type` has
 * operator, expected, found; `segment.impossible_window` has window; `segment.cycle` has cycle; the limits have limit and found.
 */
export interface RuleFault {
  readonly path: RulePath
  readonly code: RuleFaultCode
  readonly params: ErrorParams
}
