import { parseManifest } from '../../core/manifest/parse-manifest.ts'
import { deriveSegments } from '../../core/membership/derive-segments.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import { listSegments } from '../api/contract/segment.ts'
import { defineRoute, type Route } from '../api/define-route.ts'

/** What the list of segments reads. */
export interface SegmentListPorts {
  readonly control: Pick<ControlStore, 'appliedManifests'>
  /** Current members by segment name; segments that were never evaluated are absent. */
  readonly segmentSizes: () => Promise<ReadonlyMap<string, number>>
}

/** GET /v1/segments. */
export function createSegmentListRoutes({ control, segmentSizes }: SegmentListPorts): readonly Route[] {
  return [
    defineRoute(listSegments, async () => {
      const [applied, sizes] = await Promise.all([control.appliedManifests(), segmentSizes()])
      const manifests = applied.map(({ document }) => parseManifest(document))
      const segments = manifests.filter((manifest) => manifest.kind === 'segment')
      return {
        segments: [...segments, ...deriveSegments(manifests)].map(({ name, title, description }) => ({
          name,
          title: title ?? null,
          description: description ?? null,
          members: sizes.get(name) ?? null,
        })),
      }
    }),
  ]
}
