/**
 * How a computed trait comes about, as data: a value, a trait, a measure over the person's events, or an operation on such
 * expressions. No part of it is ever part of any SQL text. An expression with a missing part is missing; `coalesce` gives another
 * value instead.
 */
import { z } from 'zod'
import { fieldName } from '../manifest/name.ts'
import { eventWindow, measures, propertyCondition, ruleSchema, type Rule } from '../segment/rule.ts'

/** Deepest nesting and most nodes of one expression. Whoever needs more divides it into several traits. */
export const expressionLimits = { depth: 8, nodes: 100 } as const

const traitExpression = z.strictObject({
  trait: fieldName.meta({ description: 'A trait of the profile schema, also a computed or enriched one.' }),
})

const eventExpression = z.strictObject({
  event: fieldName.meta({ description: 'An event of the profile schema.' }),
  measure: z.enum(measures).default('count').meta({
    description: 'What is computed over the events that count, as in rules. Without it: their number.',
  }),
  property: fieldName
    .optional()
    .meta({ description: 'The property that is summed, averaged, told apart or read.' }),
  where: z
    .array(propertyCondition)
    .optional()
    .meta({ description: 'Only events for which all of these hold.' }),
  window: eventWindow.optional(),
})

export type EventExpression = z.output<typeof eventExpression>
type Pair = readonly [Expression, Expression]

/** One expression. Texts, numbers, true and false stand for themselves. */
export type Expression =
  | string
  | number
  | boolean
  | z.output<typeof traitExpression>
  | EventExpression
  | { readonly add: readonly Expression[] }
  | { readonly subtract: Pair }
  | { readonly multiply: readonly Expression[] }
  | { readonly divide: Pair }
  | RoundExpression
  | { readonly concat: readonly Expression[] }
  | { readonly coalesce: readonly Expression[] }
  | IfExpression
  | { readonly years_since: Expression }
  | { readonly days_since: Expression }
  | BucketExpression

interface RoundExpression {
  readonly round: Expression
  readonly digits: number
}

interface IfExpression {
  readonly if: Rule
  readonly then: Expression
  readonly else?: Expression | undefined
}

interface BucketExpression {
  readonly bucket: Expression
  readonly limits: readonly number[]
  readonly labels: readonly string[]
}

const digits = z
  .int()
  .min(0)
  .max(6)
  .default(0)
  .meta({ description: 'Digits kept after the decimal point. Half is rounded up.' })

const list = () => z.array(expressionSchema).min(1).max(20)
const pair = () => z.tuple([expressionSchema, expressionSchema])

/** Schema of an expression. Types, names and limits are checked by `checkComputedTraits`. */
export const expressionSchema: z.ZodType<Expression> = z
  .union([
    z.string().meta({ description: 'This text.' }),
    z.number().meta({ description: 'This number.' }),
    z.boolean().meta({ description: 'This truth.' }),
    traitExpression,
    eventExpression,
    z.strictObject({
      get add() {
        return list().meta({ description: 'The sum of numbers.' })
      },
    }),
    z.strictObject({
      get subtract() {
        return pair().meta({ description: 'The first number less the second.' })
      },
    }),
    z.strictObject({
      get multiply() {
        return list().meta({ description: 'The product of numbers.' })
      },
    }),
    z.strictObject({
      get divide() {
        return pair().meta({ description: 'The first number divided by the second; missing when that is 0.' })
      },
    }),
    z.strictObject({
      get round() {
        return expressionSchema
      },
      digits,
    }),
    z.strictObject({
      get concat() {
        return list().meta({ description: 'Texts one after the other; missing when one of them is.' })
      },
    }),
    z.strictObject({
      get coalesce() {
        return list().meta({ description: 'The first of these that is not missing.' })
      },
    }),
    z.strictObject({
      if: ruleSchema.meta({
        description:
          'A condition on the person as in segments, but not on a segment itself. Unknown counts as not fulfilled.',
      }),
      get then() {
        return expressionSchema
      },
      get else() {
        return expressionSchema
          .optional()
          .meta({ description: 'The value where the condition is not fulfilled. Without it: missing.' })
      },
    }),
    z.strictObject({
      get years_since() {
        return expressionSchema
      },
    }),
    z.strictObject({
      get days_since() {
        return expressionSchema
      },
    }),
    z.strictObject({
      get bucket() {
        return expressionSchema
      },
      limits: z.array(z.number()).min(1).max(20).meta({
        description: 'Where one bucket ends and the next begins, rising. A limit belongs to the upper one.',
      }),
      labels: z
        .array(z.string().min(1).max(100))
        .min(2)
        .max(21)
        .meta({ description: 'Names of the buckets, from the lowest; one more than there are limits.' }),
    }),
  ])
  .meta({
    id: 'expression',
    description:
      'A text, number or truth; a trait; a measure over events; or add, subtract, multiply, divide, round, concat, coalesce, if, years_since, days_since, bucket.',
  })
