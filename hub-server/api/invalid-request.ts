import type { z } from 'zod'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { TranslateParams } from '../locales/translate.ts'

/** What is expected of a value: a key under `expected` in `locales/<language>/api.json`, and what fills it. */
interface Expectation {
  readonly key:
    | 'unknown_parameter'
    | 'one_of'
    | 'at_most'
    | 'at_least'
    | 'other_form'
    | 'pattern'
    | 'email'
    | 'earlier_cursor'
    | 'items'
    | 'required'
    | 'text_length'
    | 'instant'
    | 'text'
    | 'number'
    | 'whole_number'
    | 'list'
    | 'object'
    | 'boolean'
  readonly params?: TranslateParams
}

/** A value that does not fit. The value itself is not repeated. */
export interface ParameterFault {
  /** Name of a parameter; of a body's field, its JSON Pointer: "#/rule/op". */
  readonly parameter: string
  readonly expected: Expectation
}

/** A request whose parameters or body do not fit: `api.invalid_request`, with all faults at once. */
export class InvalidRequest extends AffluentError {
  override readonly name: string = 'InvalidRequest'
  readonly faults: readonly ParameterFault[]

  constructor(faults: readonly ParameterFault[]) {
    super('api.invalid_request')
    this.faults = faults
  }
}

/** Most faults that are told at once. */
const mostFaults = 20

/** Most characters of a name or pointer that are repeated. */
const mostNameLength = 64

/** Parses parameters of an address. Throws `InvalidRequest`; zod's own messages, which repeat values, never leave. */
export function parseParameters<T>(schema: z.ZodType<T>, given: unknown): T {
  return parse(schema, given, (path) => path.map(String).join('.').slice(0, mostNameLength))
}

/** Parses a body: faults are told by JSON Pointer (RFC 6901, as a fragment). Throws `InvalidRequest`. */
export function parseBody<T>(schema: z.ZodType<T>, given: unknown): T {
  return parse(schema, given, toPointer)
}

const toPointer = (path: readonly PropertyKey[]): string =>
  `#${path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')}`.slice(
    0,
    mostNameLength,
  )

function parse<T>(schema: z.ZodType<T>, given: unknown, nameOf: (path: readonly PropertyKey[]) => string): T {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw toInvalidRequest(parsed.error, nameOf)
}

/** What a schema says against a value, in words for whoever sent it. */
export function toInvalidRequest(
  error: z.core.$ZodError,
  nameOf: (path: readonly PropertyKey[]) => string = toPointer,
): InvalidRequest {
  return new InvalidRequest(error.issues.flatMap((issue) => toFaults(issue, nameOf)).slice(0, mostFaults))
}

function toFaults(
  issue: z.core.$ZodIssue,
  nameOf: (path: readonly PropertyKey[]) => string,
): ParameterFault[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      parameter: nameOf([...issue.path, key.slice(0, mostNameLength)]),
      expected: { key: 'unknown_parameter' },
    }))
  return [{ parameter: nameOf(issue.path), expected: toExpectation(issue) }]
}

/** Zod's names of types, in ours. */
const typeNames: ReadonlyMap<string, Expectation['key']> = new Map([
  ['string', 'text'],
  ['number', 'number'],
  ['int', 'whole_number'],
  ['array', 'list'],
  ['object', 'object'],
  ['record', 'object'],
  ['boolean', 'boolean'],
])

function toExpectation(issue: z.core.$ZodIssue): Expectation {
  switch (issue.code) {
    case 'invalid_value':
      return { key: 'one_of', params: { values: issue.values.map(String).join(', ') } }
    case 'too_big':
      return { key: sizeKey(issue.origin) ?? 'at_most', params: { limit: Number(issue.maximum) } }
    case 'too_small':
      return issue.origin === 'string'
        ? { key: 'required' }
        : { key: 'at_least', params: { limit: Number(issue.minimum) } }
    case 'invalid_type':
      return { key: typeNames.get(issue.expected) ?? 'other_form' }
    case 'invalid_format':
      return toFormat(issue)
    default:
      return { key: 'other_form' }
  }
}

/** Most characters of a pattern that somebody can be asked to read. */
const mostPatternLength = 120

function toFormat({ format, pattern = '' }: z.core.$ZodIssueInvalidStringFormat): Expectation {
  if (format === 'datetime') return { key: 'instant' }
  if (format === 'email') return { key: 'email' }
  const isPlain = format === 'regex' && pattern.length <= mostPatternLength
  return isPlain ? { key: 'pattern', params: { pattern } } : { key: 'other_form' }
}

function sizeKey(origin: string): 'items' | 'text_length' | undefined {
  if (origin === 'string') return 'text_length'
  return origin === 'array' ? 'items' : undefined
}
