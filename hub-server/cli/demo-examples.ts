import { isDeliverSync, type DeliverSyncManifest, type Workspace } from '../../core/manifest/manifest.ts'
import type { Hub } from '../hub.ts'
import { identifierColumn } from '../warehouse/tables.ts'

/** A person of the demo for whom `explain` has something to tell. */
export interface DemoExample {
  readonly state: 'delivered' | 'withheld' | 'not_member'
  /** What `explain` takes: an e-mail where there is one, else the profile id. */
  readonly person: string
  readonly sync: string
}

const isMember = `EXISTS (FROM every_membership m WHERE m.profile_id = p.profile_id AND m.segment = $1 AND m.exited_at IS NULL)`
const isDelivered = `EXISTS (FROM delivery d WHERE d.profile_id = p.profile_id AND d.sync = $2 AND d.held)`

const conditions: Readonly<Record<DemoExample['state'], string>> = {
  delivered: `${isMember} AND ${isDelivered}`,
  withheld: `${isMember} AND NOT ${isDelivered}`,
  not_member: `NOT ${isMember} AND NOT ${isDelivered}`,
}

/** One person in each state, of the last sync of the workspace that delivers. */
export async function findDemoExamples(hub: Hub, workspace: Workspace): Promise<DemoExample[]> {
  const sync = [...workspace.syncs.values()].filter(isDeliverSync).at(-1)
  if (!sync) return []
  const states = ['delivered', 'withheld', 'not_member'] as const
  const found = await Promise.all(states.map((state) => findOne(hub, workspace, { sync, state })))
  return found.filter((example) => example !== undefined)
}

async function findOne(
  { duckdb }: Hub,
  { profileSchema }: Workspace,
  { sync, state }: { readonly sync: DeliverSyncManifest; readonly state: DemoExample['state'] },
): Promise<DemoExample | undefined> {
  const email = Object.hasOwn(profileSchema.identifiers, 'email') ? identifierColumn('email') : 'NULL'
  const [row] = await duckdb.read<{ person: string }>(
    `SELECT coalesce(${email}, 'p_' || profile_id) AS person FROM profile p
     WHERE ${conditions[state]} ORDER BY ${email} IS NULL, profile_id LIMIT 1`,
    [sync.segment, sync.name],
  )
  return row && { state, person: row.person, sync: sync.name }
}
