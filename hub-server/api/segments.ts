import { parseManifest } from '../../core/manifest/parse-manifest.ts'
import { deriveSegments } from '../../core/membership/derive-segments.ts'
import type { ApiPorts } from './api-ports.ts'
import type { ApiRoute } from './api-route.ts'
import type { SegmentsDocument } from './contract/segment.ts'

/** GET /v1/segments. */
export function createSegmentRoutes({ control, segmentSizes }: ApiPorts): readonly ApiRoute[] {
  return [
    {
      method: 'GET',
      path: '/v1/segments',
      permission: 'read',
      async answer() {
        const [applied, sizes] = await Promise.all([control.appliedManifests(), segmentSizes()])
        const manifests = applied.map(({ document }) => parseManifest(document))
        const segments = manifests.filter((manifest) => manifest.kind === 'segment')
        const body: SegmentsDocument = {
          segments: [...segments, ...deriveSegments(manifests)].map(({ name, title, description }) => ({
            name,
            title: title ?? null,
            description: description ?? null,
            members: sizes.get(name) ?? null,
          })),
        }
        return { body }
      },
    },
  ]
}
