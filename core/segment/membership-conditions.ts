import { z } from 'zod'
import { objectName } from '../manifest/name.ts'

/** Schema of a condition on what a platform holds. */
export const audienceCondition = z.strictObject({
  audience: objectName.meta({
    description: 'A sync: true for the people whom its audience holds, as far as the platform acknowledged.',
  }),
})

/** Schema of what names a draw. */
export const drawSalt = z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/)

/** Schema of a condition that a stable share of all people meet. */
export const sampleCondition = z.strictObject({
  sample: z
    .strictObject({
      salt: drawSalt.meta({
        description:
          'Names the draw. Shares of one salt nest in each other, those of two salts are unrelated.',
      }),
      percent: z.number().positive().max(100).meta({ description: 'How large the share is.' }),
      from: z.number().min(0).max(100).default(0).meta({
        description: 'Where the share begins, in percent. From 10 and 10 percent is the second tenth.',
      }),
    })
    .meta({ description: 'A share of all people that stays the same for ever.' }),
})

export type AudienceCondition = z.output<typeof audienceCondition>
export type SampleCondition = z.output<typeof sampleCondition>
