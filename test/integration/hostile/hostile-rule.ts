import * as fc from 'fast-check'
import { hostileTexts } from '../../conformance/dialect/escape-corpus.ts'
import { randomSegments } from '../segment/random-rule.ts'

/** Attempts to leave the statement or the database, beside texts that break careless quoting. */
const attempts = [
  ...hostileTexts,
  "x'); ATTACH '/tmp/escape.db' AS e; --",
  "x' UNION SELECT content FROM read_text('/etc/passwd') --",
  "read_csv('/etc/passwd')",
  "getenv('HOME')",
  'profile"; DROP TABLE profile; --',
  "current_setting('memory_limit')",
  "$1'; SET enable_external_access=true; --",
  "90 days; COPY profile TO '/tmp/x'",
  "2024-01-01'::TIMESTAMP); --",
  'previous month"',
  'a.b.c',
  '$.a[*]',
  'country) OR (1=1',
  'email" --',
  'desc; --',
  '__proto__',
  'constructor',
  'rowid',
  'pg_catalog.pg_user',
  'information_schema.tables',
  'sqlite_master',
  '\u0000',
  'x\u0000y',
] as const

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

const hostileValue: fc.Arbitrary<Json> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...attempts) },
  fc.constantFrom<Json>(null, true, -1, 1e308, 2 ** 53, [], {}, ['a', { b: 1 }], [[[]]]),
  fc.constantFrom(...attempts).map((text): Json => ({ [text]: text })),
  fc.constantFrom(...attempts).map((text): Json => [text]),
)

interface Place {
  readonly path: readonly (string | number)[]
  readonly isKey: boolean
}

function placesOf(value: unknown, path: readonly (string | number)[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return [{ path, isKey: false }]
  return Object.entries(value).flatMap(([key, child]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key]
    return [...(Array.isArray(value) ? [] : [{ path: here, isKey: true }]), ...placesOf(child, here)]
  })
}

/** The same value with what stands at one place, or the name of that place, replaced. */
function replaceAt(value: unknown, { path: [step, ...rest], isKey }: Place, by: Json): unknown {
  if (step === undefined || typeof value !== 'object' || value === null) return by
  if (Array.isArray(value))
    return value.map((item, index) => (index === step ? replaceAt(item, { path: rest, isKey }, by) : item))
  const entries = Object.entries(value).map(([key, child]) => {
    if (key !== step) return [key, child]
    if (isKey && rest.length === 0) return [typeof by === 'string' ? by : JSON.stringify(by), child]
    return [key, replaceAt(child, { path: rest, isKey }, by)]
  })
  return Object.fromEntries(entries)
}

/** Texts that a rule compares with: any text is as good there, so that the rule stays one of the language. */
const isOperand = ({ path, isKey }: Place, value: unknown): boolean =>
  !isKey && path.some((step) => step === 'value') && typeof valueAt(value, path) === 'string'

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (found, step) =>
      typeof found === 'object' && found !== null
        ? Object.entries(found).find(([key]) => key === String(step))?.[1]
        : undefined,
    value,
  )
}

interface Change {
  readonly seed: number
  readonly value: Json
  /** Leaves the rule in the language, where it has a place for any text. */
  readonly isMild: boolean
}

function apply(rule: unknown, { seed, value, isMild }: Change): unknown {
  const places = placesOf(rule)
  const operands = places.filter((place) => isOperand(place, rule))
  const chosen = isMild && operands.length > 0 ? operands : places
  const place = chosen[seed % chosen.length]
  return place
    ? replaceAt(
        rule,
        place,
        isMild && typeof value !== 'string' ? (attempts[seed % attempts.length] ?? '') : value,
      )
    : rule
}

const hostileText = fc.oneof(fc.constantFrom(...attempts), fc.string({ unit: 'binary', maxLength: 30 }))
const textOperators = fc.constantFrom(
  'equals',
  'not_equals',
  'contains',
  'starts_with',
  'ends_with',
  'matches',
)

/** A condition with such a text in each place that takes any. */
const freeText: fc.Arbitrary<Json> = fc
  .tuple(hostileText, hostileText, textOperators)
  .chain(([text, other, op]) =>
    fc.constantFrom<Json>(
      { trait: 'country', op, value: text },
      { trait: 'country', op: 'in', value: [text, other] },
      { trait: 'tags', op: 'contains', value: text },
      { identifier: 'crm', op, value: text },
      { identifier: 'email', op: 'in', value: [text, other] },
      { audience: text },
      { segment: text },
      { sample: { salt: text, percent: 10, from: 0 } },
      {
        event: 'purchase',
        measure: 'count',
        where: [{ property: 'shop', op, value: text }],
        op: 'at_least',
        value: 1,
      },
      { event: 'purchase', measure: 'last', property: 'shop', op, value: text },
    ),
  )

/** A rule of the language in which one to three places, values and names alike, hold what nobody should write. */
const brokenRule: fc.Arbitrary<unknown> = fc
  .tuple(
    randomSegments(4).map((segments) => [...segments.values()]),
    fc.nat(),
    fc.array(fc.record({ seed: fc.nat(), value: hostileValue, isMild: fc.boolean() }), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([rules, at, changes]) => changes.reduce<unknown>(apply, rules[at % rules.length]))

/** What is refused is refused; what is taken must compile as any other. */
export const hostileRule: fc.Arbitrary<unknown> = fc.oneof(
  brokenRule,
  freeText,
  fc
    .tuple(freeText, freeText, fc.constantFrom('all', 'any'))
    .map(([one, other, group]) => ({ [group]: [one, { not: other }] })),
)
