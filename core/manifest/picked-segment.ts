import { z } from 'zod'

/** Keys of a segment whose members people and workflows pick one by one, instead of a rule. */
export const pickedSegmentShape = {
  members: z.literal('picked').meta({
    description:
      'Members are put in and taken out one by one: by "affluent segments pick" and "drop", and by workflows of platforms. The last action wins.',
  }),
}

/** True for a segment whose members are picked by hand. */
export const isPicked = (segment: object): boolean => 'members' in segment && segment.members === 'picked'
