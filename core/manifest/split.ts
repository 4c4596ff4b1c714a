import { z } from 'zod'
import { drawSalt } from '../segment/membership-conditions.ts'
import { objectName, segmentName } from './name.ts'

/** The part of a split that nothing is sent to: its arm has this name, and no other may. */
export const holdoutArm = 'holdout'

const percent = z.number().positive().max(100)

/** Keys of a split: shares of a segment, drawn by a salted hash of the profile id alone. */
export const splitShape = {
  segment: segmentName.meta({ description: 'The segment that is divided.' }),
  salt: drawSalt.optional().meta({
    description:
      'Names the draw. Without it: the name of the split. It cannot change once applied; when the split is renamed, write the old name here.',
  }),
  arms: z
    .array(
      z.strictObject({
        name: objectName.meta({
          description:
            'The segment "<split>.<name>" has its people. An arm may be listed again for a further share.',
        }),
        percent: percent.meta({ description: 'Its share of the segment.' }),
      }),
    )
    .min(1)
    .max(100)
    .meta({
      description:
        'Shares, laid out from 0 percent upwards in this order: adding to the end moves nobody. What is left is in no arm.',
    }),
  holdout: percent.optional().meta({
    description:
      'The share that nothing may be sent to, laid out from 100 percent downwards: "<split>.holdout". No sync may name it.',
  }),
}
