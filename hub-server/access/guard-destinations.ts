import { canonicalJson } from '../../core/audit/canonical-json.ts'
import type { ApprovalUse } from '../../core/port/approvals.ts'
import type { AppliedManifest, ManifestChange } from '../../core/port/control-store.ts'
import type { JsonObject, JsonValue } from '../../core/port/json.ts'
import { digestChanges } from './digest-manifests.ts'
import type { Principal } from './principal.ts'
import { findSecondPerson, type AccessPorts } from './second-person.ts'

/** Syncs that would send people where none were sent before: new ones with a destination, and those whose destination is another one. */
export function findNewDestinations(
  changes: readonly ManifestChange[],
  inForce: readonly AppliedManifest[],
): readonly string[] {
  const known = new Map(
    inForce
      .filter(({ kind }) => kind === 'sync')
      .map(({ name, document }) => [name, destinationOf(document)]),
  )
  return changes
    .filter(({ kind, document }) => kind === 'sync' && document !== null)
    .filter(({ name, document }) => {
      const destination = destinationOf(document)
      return destination !== undefined && destination !== known.get(name)
    })
    .map(({ name }) => name)
}

/** Where a sync sends, as one text; undefined for one that pulls. */
function destinationOf(document: JsonObject | null): string | undefined {
  const destination: JsonValue | undefined = document?.['destination']
  return destination === undefined ? undefined : canonicalJson(destination)
}

/**
 * Asks a second person before manifests are put in force that send people to a new destination; the approval holds for exactly these changes, and
 * is used up with them. Undefined where none is needed. Throws `access.second_person_needed`.
 */
export async function guardDestinations(
  ports: AccessPorts,
  principal: Principal,
  {
    changes,
    inForce,
  }: { readonly changes: readonly ManifestChange[]; readonly inForce: readonly AppliedManifest[] },
): Promise<ApprovalUse | undefined> {
  const [first, ...others] = findNewDestinations(changes, inForce)
  if (first === undefined) return undefined
  const digest = digestChanges(changes)
  const object = `sync/${first}${others.length > 0 ? ` +${others.length}` : ''}`
  return (await findSecondPerson(ports, { principal, kind: 'new_destination', object, digest }))?.use
}
