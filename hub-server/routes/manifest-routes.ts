import { AffluentError } from '../../core/errors/affluent-error.ts'
import { judgeManifests } from '../../core/membership/judge-manifests.ts'
import { digestApplied, digestChanges } from '../access/digest-manifests.ts'
import { findNewDestinations } from '../access/guard-destinations.ts'
import { applyManifests, checkManifests, listManifests, showManifest } from '../api/contract/manifest.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import { diffManifests } from '../manifest/diff-manifests.ts'
import { findSplitMoves } from '../manifest/split-moves.ts'
import { readGivenManifests } from '../workspace-files.ts'
import { applyGiven, findChanges } from './apply-given.ts'
import type { HubDesk } from './hub-desk.ts'

/** The routes under /v1/manifests. */
export function createManifestRoutes(desk: HubDesk): readonly Route[] {
  const { hub, env } = desk
  return [
    defineRoute(listManifests, async () => {
      const manifests = await hub.control.appliedManifests()
      return { digest: digestApplied(manifests), manifests }
    }),
    defineRoute(showManifest, async ({ params: { kind, name } }) => {
      const found = (await hub.control.appliedManifests()).find(
        (one) => one.kind === kind && one.name === name,
      )
      if (!found) throw new AffluentError('api.object_unknown')
      return found
    }),
    defineRoute(checkManifests, async ({ body }) => {
      const { documents, workspace } = await readGivenManifests(hub.folder, env, body.files)
      const inForce = await hub.control.appliedManifests()
      const changes = diffManifests(documents, inForce)
      return {
        digest: digestApplied(inForce),
        changes,
        changesDigest: digestChanges(changes),
        splitMoves: findSplitMoves(inForce, documents),
        newDestinations: findNewDestinations(changes, inForce),
        warnings: judgeManifests(workspace),
      }
    }),
    defineRoute(
      applyManifests,
      ({ body, ...caller }) => applyGiven(desk, body, caller),
      async ({ body, ifMatch }) => void (await findChanges(desk, body, ifMatch)),
    ),
  ]
}
