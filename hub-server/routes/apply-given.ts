import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { ManifestKind, Workspace } from '../../core/manifest/manifest.ts'
import type { AppliedManifest, ManifestChange } from '../../core/port/control-store.ts'
import { digestApplied, digestChanges } from '../access/digest-manifests.ts'
import { guardDestinations } from '../access/guard-destinations.ts'
import type { ApplyOrder, ApplyOutcome } from '../api/contract/manifest.ts'
import type { Caller } from '../api/define-route.ts'
import type { Hub } from '../hub.ts'
import { diffManifests } from '../manifest/diff-manifests.ts'
import { readGivenManifests } from '../workspace-files.ts'
import type { HubDesk } from './hub-desk.ts'

const act = 'affluent apply'

interface FoundChanges {
  readonly workspace: Workspace
  readonly inForce: readonly AppliedManifest[]
  readonly changes: readonly ManifestChange[]
}

/**
 * What an order would change. Throws `ManifestFaults` with every fault, `api.precondition_failed` when other manifests are in force than were looked
 * at, `run.plan_changed` when the changes are others.
 */
export async function findChanges(
  { hub, env }: Pick<HubDesk, 'hub' | 'env'>,
  { files, changesDigest }: ApplyOrder,
  ifMatch: string | undefined,
): Promise<FoundChanges> {
  const { documents, workspace } = await readGivenManifests(hub.folder, env, files)
  const inForce = await hub.control.appliedManifests()
  requireUnchanged(inForce, ifMatch)
  const changes = diffManifests(documents, inForce)
  if (changesDigest !== undefined && changesDigest !== digestChanges(changes))
    throw new AffluentError('run.plan_changed', { act })
  return { workspace, inForce, changes }
}

function requireUnchanged(inForce: readonly AppliedManifest[], ifMatch: string | undefined): void {
  if (digestApplied(inForce) !== ifMatch) throw new AffluentError('api.precondition_failed')
}

/**
 * Puts manifests in force: all of them or, whatever fails, none. A new destination needs a second person first. They come into force after the cycle
 * that is under way; should other manifests come into force while that is waited for, these are refused.
 */
export async function applyGiven(
  desk: HubDesk,
  order: ApplyOrder,
  { principal, actor, ifMatch }: Pick<Caller, 'principal' | 'actor' | 'ifMatch'>,
): Promise<ApplyOutcome> {
  const { hub, clock } = desk
  const { control } = hub
  const { workspace, inForce, changes } = await findChanges(desk, order, ifMatch)
  if (changes.length > 0) {
    const approval = await guardDestinations({ control, clock }, principal, { changes, inForce })
    await desk.replace(async () => {
      requireUnchanged(await control.appliedManifests(), ifMatch)
      await refuseUnsound(hub, workspace, changes)
      const open = await hub.open(workspace)
      await control.applyManifests(changes, { at: clock.now(), actor }, approval)
      return open
    })
  }
  return answerOf(hub, changes)
}

async function answerOf({ control }: Hub, changes: readonly ManifestChange[]): Promise<ApplyOutcome> {
  return {
    digest: digestApplied(await control.appliedManifests()),
    applied: changes.map(({ operation, kind, name, digest }) => ({ operation, kind, name, digest })),
  }
}

const identityKinds: readonly ManifestKind[] = ['identity', 'profile_schema', 'mapping']

/** Resolves who is who by the new manifests over the records pulled so far, and undoes it: rules that would merge everybody are refused. */
async function refuseUnsound(
  hub: Hub,
  workspace: Workspace,
  changes: readonly ManifestChange[],
): Promise<void> {
  if (!workspace.identity || !changes.some(({ kind }) => identityKinds.includes(kind))) return
  await hub.duckdb.dryRun(async () => {
    const open = await hub.open(workspace)
    try {
      await open.profiles.refresh([...workspace.mappings.values()], {})
    } finally {
      await hub.release(open)
    }
  })
}
