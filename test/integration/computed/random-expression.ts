import * as fc from 'fast-check'
import { checkExpression } from '../../../core/computed/check-expression.ts'
import type { Expression } from '../../../core/computed/expression.ts'
import type { ProfileSchema, TraitType } from '../../../core/profile/profile-schema.ts'
import { measurableTypes, measureType } from '../../../core/segment/measure.ts'
import { measures, type Rule } from '../../../core/segment/rule.ts'
import { randomSegments } from '../segment/random-rule.ts'
import { numbers, texts, worldSchema } from '../segment/random-world.ts'

const pick = <T>(of: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...of)

const rule: fc.Arbitrary<Rule> = randomSegments(1)
  .map((segments) => segments.get('s0') ?? { all: [] })
  // Rules may ask for more than a computed trait can: for ranks, audiences and samples.
  .filter((asked) => checkExpression({ if: asked, then: 1 }, [], worldSchema).faults.length === 0)

/** Every measure over every property that it can be taken of, by the type that it gives. */
const measuresOf = (type: TraitType): Expression[] =>
  Object.entries(worldSchema.events).flatMap(([event, { properties }]) =>
    measures.flatMap((measure) => {
      const fitting = Object.entries(properties).filter(([, of]) =>
        measurableTypes[measure].some((taken) => taken === of),
      )
      const withProperty = fitting.map(([property]) => ({ event, measure, property }))
      const without = ['count', 'first', 'last'].includes(measure) ? [{ event, measure }] : []
      return [...withProperty, ...without].filter((each) => measureType(each, worldSchema) === type)
    }),
  )

const windows = [{}, { window: { last: '90 days' } }, { window: { from: '2024-02-29', to: '7 days ago' } }]

const event = (type: TraitType): fc.Arbitrary<Expression>[] => {
  const fitting = measuresOf(type)
  if (fitting.length === 0) return []
  return [
    fc
      .tuple(pick(fitting), pick(windows))
      .map(([measure, window]): Expression => Object.assign({}, measure, window)),
  ]
}

const values: Partial<Record<TraitType, fc.Arbitrary<Expression>>> = {
  text: pick(texts),
  number: pick([...numbers, 1e308, 1e-7]),
  boolean: fc.boolean(),
}

/** An expression of a type over the traits of a schema, at most `depth` levels deep. */
function expressionOf(type: TraitType, depth: number, schema: ProfileSchema): fc.Arbitrary<Expression> {
  const traits = Object.entries(schema.traits).flatMap(([trait, of]) => (of.type === type ? [{ trait }] : []))
  const value = values[type]
  const leaves = [pick<Expression>(traits), ...event(type), ...(value ? [value] : [])]
  if (depth <= 1) return fc.oneof(...leaves)
  const below = (of: TraitType): fc.Arbitrary<Expression> => expressionOf(of, depth - 1, schema)
  const list = (of: TraitType): fc.Arbitrary<Expression[]> =>
    fc.array(below(of), { minLength: 1, maxLength: 3 })
  const deeper: fc.Arbitrary<Expression>[] = [
    list(type).map((coalesce) => ({ coalesce })),
    fc
      .tuple(rule, below(type), fc.option(below(type), { nil: undefined }))
      .map(([asked, value, otherwise]) => ({ if: asked, then: value, else: otherwise })),
  ]
  if (type === 'number') deeper.push(...numberExpressions(below, list))
  if (type === 'text') {
    deeper.push(list('text').map((concat) => ({ concat })))
    deeper.push(
      below('number').map((bucket) => ({
        bucket,
        limits: [-1, 0.3, 50],
        labels: ['low', 'mid', 'high', 'top'],
      })),
    )
  }
  return fc.oneof(
    { weight: 1, arbitrary: fc.oneof(...leaves) },
    { weight: 3, arbitrary: fc.oneof(...deeper) },
  )
}

function numberExpressions(
  below: (type: TraitType) => fc.Arbitrary<Expression>,
  list: (type: TraitType) => fc.Arbitrary<Expression[]>,
): fc.Arbitrary<Expression>[] {
  const pair = fc.tuple(below('number'), below('number'))
  const moment = fc.oneof(below('date'), below('datetime'))
  return [
    list('number').map((add) => ({ add })),
    pair.map((subtract) => ({ subtract })),
    list('number').map((multiply) => ({ multiply })),
    pair.map((divide) => ({ divide })),
    fc.tuple(below('number'), pick([0, 2, 6])).map(([round, digits]) => ({ round, digits })),
    moment.map((of) => ({ years_since: of })),
    moment.map((of) => ({ days_since: of })),
  ]
}

const types: readonly TraitType[] = [
  'number',
  'number',
  'number',
  'text',
  'boolean',
  'date',
  'datetime',
  'list',
]

/** The world's schema with computed traits c0, c1, …; each may need those before it. */
export function randomComputed(
  count: number,
  before: ProfileSchema = worldSchema,
): fc.Arbitrary<ProfileSchema> {
  const made = Object.keys(before.traits).length - Object.keys(worldSchema.traits).length
  if (made === count) return fc.constant(before)
  return pick(types).chain((type) =>
    expressionOf(type, 4, before).chain((computed) =>
      randomComputed(count, {
        ...before,
        traits: { ...before.traits, [`c${made}`]: { type, computed } },
      }),
    ),
  )
}
