import { z } from 'zod'
import { unwrapSchema } from './zod-shape.ts'

/** The plain words that tell what is expected; `expected` is made of these and of quoted literals, joined by " | ". */
const expectedWords = [
  'text',
  'number',
  'whole number',
  'true/false',
  'list',
  'object',
  'nothing',
  'any value',
  'name of lower-case letters, digits and hyphens',
  'name of lower-case letters, digits and underscores',
  'country of two capital letters',
] as const

type Word = (typeof expectedWords)[number]

const typeWords = new Map<string, Word>([
  ['string', 'text'],
  ['number', 'number'],
  ['int', 'whole number'],
  ['boolean', 'true/false'],
  ['array', 'list'],
  ['tuple', 'list'],
  ['object', 'object'],
  ['record', 'object'],
  ['null', 'nothing'],
])

/** Names have no one word in zod: their patterns are told by what they mean. */
const patternWords = new Map<string, Word>([
  ['/^[a-z][a-z0-9-]{0,63}$/', 'name of lower-case letters, digits and hyphens'],
  ['/^[a-z][a-z0-9_]{0,62}$/', 'name of lower-case letters, digits and underscores'],
  ['/^[A-Z]{2}$/', 'country of two capital letters'],
])

/** Most literals that are listed before the rest is left out. */
const mostLiterals = 30

export function wordOfType(zodType: string): string {
  return typeWords.get(zodType) ?? zodType
}

/** Words for a pattern: ours for the names of manifests, the pattern itself for a connector's. */
export function wordOfPattern(pattern: string): string {
  return patternWords.get(pattern) ?? `text like ${pattern}`
}

export function listLiterals(values: readonly unknown[]): string {
  return joinWords(values.slice(0, mostLiterals).map((value) => JSON.stringify(value)))
}

export function joinWords(words: readonly string[]): string {
  return [...new Set(words)].join(' | ')
}

/** What a schema expects, in plain words: `text`, `"mirror" | "add_only"`, `text | list`. */
export function describeExpected(schema: z.core.$ZodType | undefined): string {
  if (!schema) return 'any value'
  const shape = unwrapSchema(schema)
  if (shape instanceof z.ZodEnum) return listLiterals(shape.options)
  if (shape instanceof z.ZodLiteral) return listLiterals([...shape.values])
  if (shape instanceof z.ZodUnion)
    return joinWords(shape.def.options.map((option) => describeExpected(option)))
  return wordOfType(shape._zod.def.type)
}

/** What kind of value was found, without its content. */
export function describeFound(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'list'
  return wordOfType(typeof value)
}
