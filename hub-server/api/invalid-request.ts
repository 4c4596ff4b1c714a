import type { z } from 'zod'
import { AffluentError } from '../../core/errors/affluent-error.ts'

/** A parameter that does not fit. The value itself is not repeated. */
export interface ParameterFault {
  readonly parameter: string
  readonly expected: string
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
    return issue.keys.map((key) => ({ parameter: key.slice(0, 64), expected: 'no such parameter' }))
  return [{ parameter: issue.path.join('.').slice(0, 64), expected: describeExpected(issue) }]
}

function describeExpected(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return issue.values.map(String).join(', ')
  if (issue.code === 'too_big') return `at most ${String(issue.maximum)}`
  if (issue.code === 'too_small') return `at least ${String(issue.minimum)}`
  return issue.code === 'invalid_type' ? issue.expected : 'another form'
}
