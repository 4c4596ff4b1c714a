import type { Connector } from '../../core/connector/connector.ts'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { isDeliverSync, type Workspace } from '../../core/manifest/manifest.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import { readReplacementOrder, writeReplacementOrder } from '../../core/sync/replacement-order.ts'

interface OrderDesk {
  readonly control: ControlStore
  readonly clock: Clock
  readonly actor: string
  readonly workspace: Workspace
  readonly loadConnector: (slug: string) => Promise<Connector>
}

/**
 * A person orders that all members of these syncs' audiences are sent again, in one exchange each; the next runs carry it out. Throws
 * `connector.capability_missing` where the sync or its platform does not allow it, and orders nothing then. Ordering twice is ordering once.
 */
export async function orderReplacement(desk: OrderDesk, syncs: readonly string[]): Promise<void> {
  for (const name of syncs) await checkOrder(desk, name)
  const { control, clock, actor } = desk
  for (const name of syncs) {
    if (await readReplacementOrder(control, name)) continue
    await control.appendAudit({
      at: clock.now(),
      actor,
      action: 'replacement_ordered',
      object: `sync/${name}`,
      details: {},
    })
    await writeReplacementOrder(control, name, { run: null, attempt: 0, state: null })
  }
}

async function checkOrder({ workspace, loadConnector }: OrderDesk, name: string): Promise<void> {
  const sync = workspace.syncs.get(name)
  const wanted = sync && isDeliverSync(sync) && sync.mode !== 'add_only' ? sync.destination : undefined
  const manifest = wanted && workspace.connections.get(wanted.connection)
  const connector = manifest && (await loadConnector(manifest.connector))
  const destination = connector?.destinations.find(({ kind }) => kind === wanted?.kind)
  if (destination?.capabilities.replace === true) return
  throw new AffluentError('connector.capability_missing', {
    act: 'ordering an exchange of all members',
    sync: name,
    capability: 'replace',
    destination: wanted?.kind ?? name,
  })
}
