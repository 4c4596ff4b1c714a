import { parseManifest } from '../../core/manifest/parse-manifest.ts'
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
        const [manifests, sizes] = await Promise.all([control.appliedManifests(), segmentSizes()])
        const body: SegmentsDocument = {
          segments: manifests
            .map(({ document }) => parseManifest(document))
            .filter((manifest) => manifest.kind === 'segment')
            .map(({ name, title, description }) => ({
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
