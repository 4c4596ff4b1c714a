import { z } from 'zod'
import { fieldName, objectName, segmentName } from './name.ts'
import { scheduleShape } from './schedule.ts'

const consentRequirement = z.strictObject({
  purpose: fieldName.meta({ description: 'A purpose of the profile schema.' }),
  channel: fieldName.meta({ description: 'One of its channels.' }),
})

const fieldSource = z
  .union([
    z.strictObject({ trait: fieldName.meta({ description: 'A trait of the profile.' }) }),
    z.strictObject({
      identifier: fieldName.meta({ description: 'An identifier kind; the best-trusted value is sent.' }),
    }),
    z.strictObject({
      consent: consentRequirement.meta({
        description: 'What the person decided: "granted" or "denied"; empty while it is not known.',
      }),
    }),
    z.strictObject({
      value: z
        .union([z.string(), z.number(), z.boolean()])
        .meta({ description: 'The same value for everybody.' }),
    }),
  ])
  .meta({ description: 'What the platform field is filled with.' })
export type FieldSource = z.output<typeof fieldSource>

const guard = z.strictObject({
  max_removal_share: z.number().min(0).max(1).default(0.2).meta({
    description: 'A run that would remove more than this share of the members stops and asks a person.',
  }),
  max_removals: z
    .int()
    .min(0)
    .default(10_000)
    .meta({ description: 'A run that would remove more members than this stops and asks a person.' }),
  min_members: z.int().min(0).default(100).meta({
    description: 'Audiences smaller than this are not guarded by the share, only by an empty source.',
  }),
})

/** Of syncs that run at hours of their own instead of in every cycle. */
const schedule = scheduleShape.optional().meta({
  description: 'Hours of its own. Without it the sync runs in the cycles of "affluent serve --every".',
})

/** A standing order: source → profiles. */
export const pullSync = z.strictObject({
  source: z
    .strictObject({
      connection: objectName.meta({ description: 'Where records are read from.' }),
      stream: z.string().meta({ description: 'The stream, as the connector names it.' }),
    })
    .meta({ description: 'What is pulled.' }),
  schedule,
})

/** A standing order: segment → audience. */
export const deliverSync = z.strictObject({
  segment: segmentName.meta({
    description:
      'The segment whose members the audience must hold; or one of a priority list ("live.vip") or an arm of a split.',
  }),
  destination: z
    .strictObject({
      connection: objectName.meta({ description: 'Where the audience is.' }),
      kind: z.string().meta({ description: 'The audience kind, as the connector names it.' }),
      audience: z
        .string()
        .min(1)
        .meta({ description: "The audience's name on the platform; created when it does not exist." }),
      settings: z.record(z.string(), z.json()).optional().meta({
        description:
          "Settings of the audience, as the connector's README lists them. Most are fixed once it was created.",
      }),
    })
    .meta({ description: 'The audience that is kept equal to the segment.' }),
  when: z.enum(['cycle', 'live']).default('cycle').meta({
    description:
      '"cycle": people are delivered by the cycles. "live": who enters or exits is also delivered about a second later, while the hub serves; not with the mode "replace".',
  }),
  schedule,
  mode: z.enum(['mirror', 'add_only', 'replace']).default('mirror').meta({
    description:
      '"mirror" adds and removes; "add_only" removes nobody but those whose consent is no longer granted; "replace" is a mirror that exchanges all members at once whenever one changed.',
  }),
  fields: z
    .record(z.string(), fieldSource)
    .meta({ description: 'Platform field: the trait or identifier it is filled with.' }),
  consent: z
    .union([z.array(consentRequirement).min(1), z.literal('not_required')])
    .optional()
    .meta({
      description:
        'Consents that a person must have granted to be sent: all of them. Without this key nobody is sent (unmapped means closed). "not_required" must be a decision your legal team can defend.',
    }),
  guard: guard.prefault({}).meta({ description: 'When a run stops and asks before it removes people.' }),
})

export type DeliverSync = z.output<typeof deliverSync>
