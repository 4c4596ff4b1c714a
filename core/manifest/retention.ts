import { z } from 'zod'

const days = z.int().min(1).max(36_500)

/** How long each class of data is kept, and what becomes of erasures that platforms ask for. The audit log is always kept. */
export const retentionShape = {
  keep_days: z
    .strictObject({
      gone_people: days.exactOptional().meta({
        description:
          'People of whom every source record was deleted at its source, and who are on no audience any more: days after the last deletion. A person who refused something is kept, so that the refusal is.',
      }),
      events: days.exactOptional().meta({
        description: 'Events, and source records that tell nothing but events: days after the event.',
      }),
      deliveries: days.exactOptional().meta({
        description:
          'What was sent of people who are off the audience: days after the removal. That the audience once held them stays known, by a keyed digest.',
      }),
      quarantine: days
        .exactOptional()
        .meta({ description: 'Rows that could not become records: days after they came.' }),
    })
    .default({})
    .meta({ description: 'Days that each class of data is kept. A class that is not named is kept.' }),
  platform_erasures: z.enum(['ask', 'carry_out']).default('ask').meta({
    description:
      'Somebody was erased on a platform: "ask" lists them (affluent erase --wanted) until a person decides; "carry_out" erases them here and everywhere else in the next cycle.',
  }),
  most_erasures_a_cycle: z.int().min(1).max(100_000).default(100).meta({
    description:
      'With "carry_out": when more people than this wait at once, nobody is erased and they are listed instead, as a platform or a program went wrong.',
  }),
}

const retention = z.strictObject(retentionShape)
type Retention = z.output<typeof retention>
export type RetentionClass = keyof Retention['keep_days']
