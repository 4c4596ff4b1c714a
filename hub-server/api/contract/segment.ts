import { z } from 'zod'
import { describeRoute } from './describe-route.ts'
import { wire } from './wire.ts'

/** A segment in force, with its size at the last evaluation; null until there was one. */
export interface SegmentDocument {
  readonly name: string
  readonly title: string | null
  readonly description: string | null
  readonly members: number | null
}

export const listSegments = describeRoute({
  name: 'segments.list',
  method: 'GET',
  path: '/v1/segments',
  permission: 'segments:read',
  summary: 'The segments in force, by name, with their size at the last evaluation.',
  answer: wire<{ readonly segments: readonly SegmentDocument[] }>({
    segments: z.array(
      wire<SegmentDocument>({
        name: z.string(),
        title: z.string().nullable(),
        description: z.string().nullable(),
        members: z.int().nullable(),
      }),
    ),
  }),
  example: {
    answer: { segments: [{ name: 'big-spenders', title: 'Big spenders', description: null, members: 1200 }] },
  },
})

export const segmentContracts = [listSegments]
