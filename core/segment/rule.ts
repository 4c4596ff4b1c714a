/**
 * The rule language as data. A rule is a tree: groups (`all`, `any`, `not`) over conditions. Values are never part of any SQL
 * text; names must be in the profile schema.
 *
 * Truth has three values: a condition on a trait that is missing is unknown, `not` leaves unknown unknown, and only what is true
 * makes a member. `if_missing` decides it for one condition.
 */
import { z } from 'zod'
import { fieldName, segmentName } from '../manifest/name.ts'
import { audienceCondition, sampleCondition } from './membership-conditions.ts'
import type { AudienceCondition, SampleCondition } from './membership-conditions.ts'
import { operatorNames } from './operator-names.ts'
import { placeConditions, type PlaceCondition } from './place/place-condition.ts'

const scalar = z.union([z.string(), z.number(), z.boolean()])

/** Operand of an operator: which shape is right depends on the operator, and `validateRule` checks it. */
const operand = z.union([scalar, z.array(scalar).max(10_000)]).meta({
  description: 'What to compare with: a text, number, true/false, a date ("2026-01-31") or a list of them.',
})

const ignoreCase = z.boolean().optional().meta({
  description: 'Compare texts without the case of the letters A to Z. Without it, case counts.',
})

const operatorName = z.enum(operatorNames).meta({ description: 'The comparison.' })

/** An instant: an ISO date or date-time, or a time before the moment of evaluation ("30 days ago"). */
const instant = z.string().meta({
  description:
    'An ISO date or date-time ("2026-01-31"), or relative to the moment of evaluation ("30 days ago").',
})

/** Schema of a condition on a property of an event. */
export const propertyCondition = z.strictObject({
  property: fieldName.meta({ description: 'A property of the event.' }),
  op: operatorName,
  value: operand.optional(),
  ignore_case: ignoreCase,
})

const where = z
  .array(propertyCondition)
  .optional()
  .meta({ description: 'Only events for which all of these hold.' })

const eventName = fieldName.meta({ description: 'An event of the profile schema.' })

const eventAnchor = z.strictObject({
  event: eventName,
  which: z
    .enum(['first', 'last'])
    .default('last')
    .meta({ description: "Which of the person's events. Without it: the last." }),
  where,
})

/** Schema of the stretch of time in which events count. */
export const eventWindow = z
  .union([
    z.strictObject({
      last: z.string().meta({
        description: 'Length of the window back from the moment of evaluation: "90 days", "24 hours".',
      }),
    }),
    z.strictObject({
      during: z.string().meta({
        description:
          'A stretch of the calendar: "today", "yesterday", "this week", "previous month", "previous 3 months".',
      }),
    }),
    z.strictObject({ from: instant.optional(), to: instant.optional() }),
    z.strictObject({
      after_event: eventAnchor.optional().meta({
        description: 'Only what came later than this event. Without such an event, nothing counts.',
      }),
      before_event: eventAnchor.optional().meta({
        description: 'Only what came earlier than this event. Without such an event, nothing counts.',
      }),
    }),
  ])
  .meta({ description: 'Which events count. Without it, all up to the moment of evaluation.' })

const traitCondition = z.strictObject({
  trait: fieldName.meta({ description: 'A trait of the profile schema.' }),
  op: operatorName,
  value: operand.optional(),
  ignore_case: ignoreCase,
  if_missing: z.boolean().optional().meta({
    description:
      'What the condition is for people without this trait. Without it: unknown, which matches nobody.',
  }),
})

const identifierCondition = z.strictObject({
  identifier: fieldName.meta({ description: 'An identifier kind of the profile schema.' }),
  op: operatorName,
  value: operand.optional(),
  ignore_case: ignoreCase,
})

const consentCondition = z.strictObject({
  consent: z
    .strictObject({
      purpose: fieldName.meta({ description: 'A purpose of the profile schema.' }),
      channel: fieldName.meta({ description: 'One of its channels.' }),
    })
    .meta({ description: 'Which consent.' }),
  is: z.enum(['granted', 'denied', 'unknown']).meta({ description: 'The state it must have.' }),
})

const ifMissing = z.boolean().optional().meta({
  description:
    'What the condition is for people of whom it is unknown. Without it: unknown, which matches nobody.',
})

const moneyCondition = z.strictObject({
  money: z
    .strictObject({
      amount: fieldName.meta({ description: 'The trait that holds the amount: a number.' }),
      currency: fieldName.meta({ description: 'The trait that holds its currency: a text such as "EUR".' }),
    })
    .meta({ description: 'An amount with its currency.' }),
  in: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .meta({
      description:
        'ISO 4217 code of the currency that is compared in. Nothing is converted: amounts in another one are unknown.',
    }),
  op: operatorName,
  value: operand.optional(),
  if_missing: ifMissing,
})

const segmentCondition = z.strictObject({
  segment: segmentName.meta({
    description: 'Another segment, or one of a priority list or split: true for its members.',
  }),
})

/**
 * Aggregates over a person's events. `first` and `last` are times, or the property of that event when `property` is given; `frequency`
 * is the number of days with an event, `recency` the days since the last one.
 */
export const measures = [
  'count',
  'sum',
  'average',
  'min',
  'max',
  'first',
  'last',
  'distinct',
  'frequency',
  'recency',
] as const
export type Measure = (typeof measures)[number]

const eventStep = z.strictObject({
  event: eventName,
  where,
  within: z.string().meta({
    description: 'How soon after the event before: "2 hours", "3 days". Exactly so long after is in time.',
  }),
})

const eventMeasure = {
  event: eventName,
  measure: z
    .enum(measures)
    .default('count')
    .meta({ description: 'What is computed over the events that count. Without it: their number.' }),
  property: fieldName.optional().meta({
    description: 'The property that is summed, averaged, read, or whose different values are counted.',
  }),
  where,
  window: eventWindow.optional(),
  followed_by: z.array(eventStep).min(1).max(5).optional().meta({
    description: 'Only events that this one follows in time, that one the next of the list, and so on.',
  }),
  not_followed_by: eventStep.optional().meta({
    description: 'Only events that this one did not follow, once its time is over.',
  }),
}

const eventCondition = z.strictObject({
  ...eventMeasure,
  op: operatorName.default('at_least'),
  value: operand.optional(),
})

const netMeasure = {
  net: z
    .array(
      z.strictObject({
        event: eventName,
        property: fieldName.meta({ description: 'The property that is summed: a number.' }),
        weight: z.number().default(1).meta({
          description: 'What each value is multiplied by: 1 adds, -1 takes away. Without it: 1.',
        }),
        where,
      }),
    )
    .min(1)
    .max(20)
    .meta({ description: 'Sums over several events that are added up. Zero without any of them.' }),
  window: eventWindow.optional(),
}

const netCondition = z.strictObject({ ...netMeasure, op: operatorName, value: operand.optional() })

const rankCondition = z.strictObject({
  rank: z
    .union([
      z.strictObject(eventMeasure),
      z.strictObject(netMeasure),
      z.strictObject({ trait: fieldName.meta({ description: 'A trait of the profile schema: a number.' }) }),
    ])
    .meta({ description: 'What people are ranked by. Who has no value is not ranked.' }),
  top: z.union([z.int().min(1), z.string().regex(/^(?:100|\d{1,2}(?:\.\d{1,3})?) ?%$/)]).meta({
    description: 'How many people (100), or which share of those who are ranked, rounded down ("5 %").',
  }),
  order: z
    .enum(['highest', 'lowest'])
    .default('highest')
    .meta({ description: 'Which values come first. Of equal ones, the smaller profile id does.' }),
})

export type TraitCondition = z.output<typeof traitCondition>
export type IdentifierCondition = z.output<typeof identifierCondition>
export type ConsentCondition = z.output<typeof consentCondition>
export type EventStep = z.output<typeof eventStep>
export type EventAnchor = z.output<typeof eventAnchor>
export type NetCondition = z.output<typeof netCondition>
/** A sum over several events, without what it is compared with. */
export type NetMeasure = Pick<NetCondition, 'net' | 'window'>
export type RankCondition = z.output<typeof rankCondition>
export type MoneyCondition = z.output<typeof moneyCondition>
export type SegmentCondition = z.output<typeof segmentCondition>
export type EventCondition = z.output<typeof eventCondition>
export type PropertyCondition = z.output<typeof propertyCondition>
export type EventWindow = z.output<typeof eventWindow>
export type Operand = z.output<typeof operand>

export type Condition =
  | TraitCondition
  | IdentifierCondition
  | ConsentCondition
  | SegmentCondition
  | EventCondition
  | MoneyCondition
  | PlaceCondition
  | NetCondition
  | RankCondition
  | AudienceCondition
  | SampleCondition
export type Rule = Condition | AllGroup | AnyGroup | NotGroup | ZonedRule
interface AllGroup {
  readonly all: readonly Rule[]
}
interface AnyGroup {
  readonly any: readonly Rule[]
}
interface NotGroup {
  readonly not: Rule
}
/** A rule whose days, windows and calendar are those of a time zone. */
interface ZonedRule {
  readonly time_zone: string
  readonly rule: Rule
}

/** Deepest nesting and most nodes of one rule; checked by an iterative scan before this schema sees the document. */
export const ruleLimits = { depth: 16, nodes: 500, listValues: 10_000 } as const

export const ruleSchema: z.ZodType<Rule> = z
  .union([
    z.strictObject({
      get all() {
        return z
          .array(ruleSchema)
          .meta({ description: 'True when all of these are. An empty list is true for everybody.' })
      },
    }),
    z.strictObject({
      get any() {
        return z
          .array(ruleSchema)
          .meta({ description: 'True when at least one of these is. An empty list is true for nobody.' })
      },
    }),
    z.strictObject({
      get not() {
        return ruleSchema
      },
    }),
    z.strictObject({
      time_zone: z.string().max(64).meta({
        description:
          'Name of a time zone ("Europe/Paris") by whose clocks the rule below counts days and windows. Without it: UTC.',
      }),
      get rule() {
        return ruleSchema
      },
    }),
    traitCondition,
    identifierCondition,
    consentCondition,
    segmentCondition,
    moneyCondition,
    ...placeConditions,
    netCondition,
    rankCondition,
    audienceCondition,
    sampleCondition,
    eventCondition,
  ])
  .meta({
    id: 'rule',
    description:
      'A group (all, any, not) or a condition on a trait, identifier, consent, event, segment, audience, amount, place, rank or share.',
  })
