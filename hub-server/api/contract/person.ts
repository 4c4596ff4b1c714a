import { z } from 'zod'
import type { RetentionClass } from '../../../core/manifest/retention.ts'
import type { ExportRow, PersonExport } from '../../../core/port/person-rights.ts'
import { describeRoute } from './describe-route.ts'
import { personBody } from './profile.ts'
import { asIs, instant, personText, wire } from './wire.ts'

/** What any request about one person may be refused with. */
export const rightsErrors = ['run.profile_unknown', 'run.not_applied'] as const
const traitText = z.string().min(1).max(64)

interface RectifyOrder {
  readonly person: string
  readonly trait: string
  /** As a person types it; null: the value is known to be empty. */
  readonly value: string | null
}
interface ChangeOutcome {
  readonly profileId: string
  readonly changed: boolean
}
const changeOutcome = wire<ChangeOutcome>({ profileId: z.string(), changed: z.boolean() })
const exampleOutcome = { profile_id: 'p_12', changed: true }

export const rectifyPerson = describeRoute({
  name: 'people.rectify',
  method: 'POST',
  path: '/v1/people/rectify',
  permission: 'people:write',
  summary: 'Corrects one value of a person against all sources.',
  body: wire<RectifyOrder>({
    person: personText,
    trait: traitText,
    value: z.string().max(10_000).nullable(),
  }),
  answer: changeOutcome,
  errors: [...rightsErrors, 'usage.wrong'],
  example: {
    body: { person: 'ada@example.com', trait: 'city', value: 'Lyon' },
    answer: exampleOutcome,
  },
})

export const liftRectification = describeRoute({
  name: 'people.lift_rectification',
  method: 'POST',
  path: '/v1/people/rectify/lift',
  permission: 'people:write',
  summary: 'Takes a correction back.',
  body: wire<{ readonly person: string; readonly trait: string }>({ person: personText, trait: traitText }),
  answer: changeOutcome,
  errors: rightsErrors,
  example: { body: { person: 'ada@example.com', trait: 'city' }, answer: exampleOutcome },
})

interface RestrictOutcome {
  readonly profileId: string
  readonly records: number
}
const restrictOutcome = wire<RestrictOutcome>({ profileId: z.string(), records: z.int() })

export const restrictPerson = describeRoute({
  name: 'people.restrict',
  method: 'POST',
  path: '/v1/people/restrict',
  permission: 'people:write',
  summary: 'Keeps a person and uses them for nothing.',
  body: personBody,
  answer: restrictOutcome,
  errors: rightsErrors,
  example: { body: { person: 'ada@example.com' }, answer: { profile_id: 'p_12', records: 2 } },
})

export const liftRestriction = describeRoute({
  name: 'people.lift_restriction',
  method: 'POST',
  path: '/v1/people/restrict/lift',
  permission: 'people:write',
  summary: 'Ends a restriction.',
  body: personBody,
  answer: restrictOutcome,
  errors: rightsErrors,
  example: { body: { person: 'ada@example.com' }, answer: { profile_id: 'p_12', records: 2 } },
})

export const exportPerson = describeRoute({
  name: 'people.export',
  method: 'POST',
  path: '/v1/people/export',
  permission: 'people:read',
  cost: 'heavy',
  summary: 'Everything that the hub holds of a person, by table.',
  body: personBody,
  answer: wire<PersonExport>({
    profileId: z.string(),
    tables: z.record(z.string(), z.array(asIs<ExportRow>('A row, by column'))),
  }),
  errors: rightsErrors,
  example: { body: { person: 'ada@example.com' }, answer: { profile_id: 'p_12', tables: { event: [] } } },
})

type ByClass = Readonly<Record<RetentionClass, number>>
interface RetentionDocument {
  readonly asOf: number
  /** Null: nothing is taken away because of its age. */
  readonly preview: {
    readonly keepDays: Partial<ByClass>
    readonly counts: ByClass
  } | null
}
const classFields = {
  gone_people: z.int(),
  events: z.int(),
  deliveries: z.int(),
  quarantine: z.int(),
}

export const previewRetention = describeRoute({
  name: 'people.retention',
  method: 'GET',
  path: '/v1/retention',
  permission: 'people:read_masked',
  cost: 'heavy',
  summary: 'What the next cycle would take away because it is past its time.',
  query: wire<{ readonly asOf?: number }>({ asOf: instant.exactOptional() }),
  answer: wire<RetentionDocument>({
    asOf: instant,
    preview: wire<NonNullable<RetentionDocument['preview']>>({
      keepDays: z.object({
        gone_people: z.int().exactOptional(),
        events: z.int().exactOptional(),
        deliveries: z.int().exactOptional(),
        quarantine: z.int().exactOptional(),
      }),
      counts: z.object(classFields),
    }).nullable(),
  }),
  errors: ['run.not_applied'],
  example: { answer: { as_of: '2026-11-22T08:00:00.000Z', preview: null } },
})
export const personContracts = [
  rectifyPerson,
  liftRectification,
  restrictPerson,
  liftRestriction,
  exportPerson,
  previewRetention,
]
