import type { z } from 'zod'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { TranslateParams } from '../locales/translate.ts'

/** What is expected of a parameter: a key under `expected` in `locales/<language>/api.json`, and what fills it. */
interface Expectation {
  readonly key: 'unknown_parameter' | 'one_of' | 'at_most' | 'at_least' | 'other_form' | 'earlier_cursor'
  readonly params?: TranslateParams
}

/** A parameter that does not fit. The value itself is not repeated. */
export interface ParameterFault {
  readonly parameter: string
  readonly expected: Expectation
}

/** A request whose parameters do not fit: `api.invalid_request`, with all faults at once. */
export class InvalidRequest extends AffluentError {
  override readonly name: string = 'InvalidRequest'
  readonly faults: readonly ParameterFault[]

  constructor(faults: readonly ParameterFault[]) {
    super('api.invalid_request')
    this.faults = faults
  }
}

/** Parses parameters. Throws `InvalidRequest`; zod's own messages, which repeat values, never leave. */
export function parseParameters<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw new InvalidRequest(parsed.error.issues.flatMap(toFaults))
}

function toFaults(issue: z.core.$ZodIssue): ParameterFault[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ parameter: key.slice(0, 64), expected: { key: 'unknown_parameter' } }))
  return [{ parameter: issue.path.join('.').slice(0, 64), expected: toExpectation(issue) }]
}

function toExpectation(issue: z.core.$ZodIssue): Expectation {
  if (issue.code === 'invalid_value')
    return { key: 'one_of', params: { values: issue.values.map(String).join(', ') } }
  if (issue.code === 'too_big') return { key: 'at_most', params: { limit: Number(issue.maximum) } }
  if (issue.code === 'too_small') return { key: 'at_least', params: { limit: Number(issue.minimum) } }
  return { key: 'other_form' }
}
