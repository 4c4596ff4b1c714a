import { z } from 'zod'

/** GET /v1/segments: the segments in force, by name, with their size at the last evaluation. */
export const segmentsContract = z.strictObject({
  segments: z.array(
    z.strictObject({
      name: z.string(),
      title: z.string().nullable(),
      description: z.string().nullable(),
      /** Null until the segment was evaluated for the first time. */
      members: z.int().nullable(),
    }),
  ),
})
export type SegmentsDocument = z.output<typeof segmentsContract>
