import type { z } from 'zod'
import { closestBranch, isWrongType } from './closest-branch.ts'
import {
  describeExpected,
  describeFound,
  listLiterals,
  wordOfPattern,
  wordOfType,
} from './describe-expected.ts'
import { formatPath, type ManifestPath, type PathFault } from './manifest-fault.ts'
import { suggestName } from './suggest-name.ts'
import { knownKeys, schemaAt, unionBranches, type Schema } from './zod-shape.ts'

type Issue = z.core.$ZodIssue

/** Where in the manifest the issues of one schema and value stand. `isPrivate`: values are never told, only their kinds. */
interface Frame {
  readonly schema: Schema | undefined
  readonly value: unknown
  readonly base: ManifestPath
  readonly isPrivate: boolean
}

/**
 * Turns zod's issues into faults that a person can repair: unknown keys with the key that was probably meant, unions resolved to
 * the branch that was probably meant, expectations in plain words.
 */
export function toPathFaults(
  issues: readonly Issue[],
  read: { schema: Schema; value: unknown; base?: ManifestPath; isPrivate?: boolean },
): PathFault[] {
  const frame = {
    schema: read.schema,
    value: read.value,
    base: read.base ?? [],
    isPrivate: read.isPrivate ?? false,
  }
  return foldMisspelt(issues.flatMap((issue) => faultsOfIssue(issue, frame)))
}

/** A misspelt key is one mistake: it is told as the unknown key, and the key that is missing in its place is not told again. */
function foldMisspelt(faults: readonly PathFault[]): PathFault[] {
  const meant = new Set(
    faults
      .filter(({ code }) => code === 'manifest.unknown_key')
      .map(({ path, params }) => formatPath([...path.slice(0, -1), params['suggestion'] ?? ''])),
  )
  const isTold = ({ code, path, params }: PathFault): boolean =>
    code === 'manifest.missing_key' && meant.has(formatPath([...path, params['key'] ?? '']))
  return faults.filter((fault) => !isTold(fault))
}

function faultsOfIssue(issue: Issue, outer: Frame): PathFault[] {
  const frame = descend(outer, issue.path)
  if (isAbsent(outer.value, issue.path)) return [missingKey(frame)]
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownKeys(issue.keys, frame)
    case 'invalid_union':
      return faultsOfUnion(issue.errors, frame)
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues.map((inner) => invalidKey(inner, frame))
    default:
      return [invalidValue(expectedOfIssue(issue), frame, suggestionOf(issue, frame.value))]
  }
}

function descend(frame: Frame, path: readonly PropertyKey[]): Frame {
  const keys = path.map((key) => (typeof key === 'number' ? key : String(key)))
  return {
    schema: schemaAt(frame.schema, keys),
    value: keys.reduce<unknown>((at, key) => childValue(at, key), frame.value),
    base: [...frame.base, ...keys],
    isPrivate: frame.isPrivate,
  }
}

function childValue(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return Reflect.get(value, key)
}

/** JSON has no "undefined": where the value is, its key is not there. */
function isAbsent(value: unknown, path: readonly PropertyKey[]): boolean {
  const last = path.at(-1)
  if (last === undefined) return false
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((at, key) => childValue(at, typeof key === 'number' ? key : String(key)), value)
  return typeof parent === 'object' && parent !== null && !Object.hasOwn(parent, last)
}

function faultsOfUnion(branches: readonly (readonly Issue[])[], frame: Frame): PathFault[] {
  if (branches.every((issues) => isWrongType(issues, frame.value)))
    return [invalidValue(describeExpected(frame.schema), frame, '')]
  const index = closestBranch(branches, frame.value)
  const branch = { ...frame, schema: unionBranches(frame.schema)[index] }
  return (branches[index] ?? []).flatMap((issue) => faultsOfIssue(issue, branch))
}

function missingKey(frame: Frame): PathFault {
  const key = String(frame.base.at(-1) ?? '')
  return {
    path: frame.base.slice(0, -1),
    code: 'manifest.missing_key',
    params: { key, expected: describeExpected(frame.schema) },
  }
}

function unknownKeys(keys: readonly string[], frame: Frame): PathFault[] {
  const known = knownKeys(frame.schema)
  const { value } = frame
  const isPresent = (name: string): boolean =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, name)
  const absent = known.filter((name) => !isPresent(name))
  const allowed = known.join(', ')
  const told = keys.slice(0, mostUnknownKeys).map((key): PathFault => ({
    path: [...frame.base, key],
    at: 'key',
    code: 'manifest.unknown_key',
    params: { key: key.slice(0, longestQuote), suggestion: suggestName(key, absent), allowed },
  }))
  const more = keys.length - told.length
  if (more === 0) return told
  return [...told, { path: frame.base, code: 'manifest.unknown_key', params: { more } }]
}

function invalidKey(issue: Issue, frame: Frame): PathFault {
  const key = String(frame.base.at(-1) ?? '')
  return {
    path: frame.base,
    at: 'key',
    code: 'manifest.invalid_value',
    params: { key, expected: expectedOfIssue(issue), found: JSON.stringify(key), suggestion: '' },
  }
}

function invalidValue(expected: string, frame: Frame, suggestion: string): PathFault {
  return {
    path: frame.base,
    code: 'manifest.invalid_value',
    params: {
      key: formatPath(frame.base.slice(-1)),
      expected,
      found: frame.isPrivate ? describeFound(frame.value) : quoteFound(frame.value),
      suggestion,
    },
  }
}

/** Nobody repairs more of them one by one, and each is compared with every key that is known. */
const mostUnknownKeys = 100

const longestQuote = 60

function quoteFound(value: unknown): string {
  if (typeof value === 'object' || value === undefined) return describeFound(value)
  const text = JSON.stringify(value)
  return text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text
}

function suggestionOf(issue: Issue, value: unknown): string {
  if (issue.code !== 'invalid_value' || typeof value !== 'string') return ''
  return suggestName(
    value,
    issue.values.filter((literal) => typeof literal === 'string'),
  )
}

function expectedOfIssue(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return wordOfType(issue.expected)
    case 'invalid_value':
      return listLiterals(issue.values)
    case 'invalid_format':
      return issue.pattern === undefined ? `text: ${issue.format}` : wordOfPattern(issue.pattern)
    case 'too_small':
      return boundOf(issue.origin, `≥ ${issue.minimum}`)
    case 'too_big':
      return boundOf(issue.origin, `≤ ${issue.maximum}`)
    case 'not_multiple_of':
      return `number: multiple of ${issue.divisor}`
    default:
      return issue.message
  }
}

const countedOrigins = new Map([
  ['string', 'length of the text'],
  ['array', 'length of the list'],
])

function boundOf(origin: string, bound: string): string {
  return `${countedOrigins.get(origin) ?? wordOfType(origin)} ${bound}`
}
