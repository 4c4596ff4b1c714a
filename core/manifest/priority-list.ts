import { z } from 'zod'
import { segmentName } from './name.ts'

/** Keys of a priority list: ranked segments, of which a person is in one at most. */
export const priorityListShape = {
  segments: z.array(segmentName).min(2).max(100).meta({
    description:
      'Segments in order of rank. Whoever is in several counts for the first alone: "live.vip" is those of "vip" in none above.',
  }),
}
