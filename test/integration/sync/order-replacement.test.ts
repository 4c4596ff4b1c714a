import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Workspace } from '../../../core/manifest/manifest.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import { readReplacementOrder, writeReplacementOrder } from '../../../core/sync/replacement-order.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { orderReplacement } from '../../../hub-server/worker/order-replacement.ts'
import { aDeliverSync, aProfileSchema } from '../../support/a-delivery-workspace.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { createLedgerConnector } from '../../support/ledger-connector.ts'

const clock = createFixedClock('2026-01-03T00:00:00Z')
let control: ControlStore
beforeEach(async () => {
  control = await openControlStore(':memory:', clock)
})
afterEach(() => control.close())

const workspaceWith = (change: Record<string, unknown>): Workspace => ({
  profileSchema: { kind: 'profile_schema', version: 1, name: 'people', ...aProfileSchema },
  connections: new Map([
    ['crm', { kind: 'connection', version: 1, name: 'crm', connector: 'ledger', config: {} }],
  ]),
  mappings: new Map(),
  identity: undefined,
  retention: undefined,
  quality: new Map(),
  enrichments: new Map(),
  segments: new Map(),
  priorityLists: new Map(),
  splits: new Map(),
  syncs: new Map([['big-to-crm', aDeliverSync(change)]]),
})

const order = (change: Record<string, unknown> = {}, connector = createLedgerConnector()): Promise<void> =>
  orderReplacement(
    {
      control,
      clock,
      actor: 'cli:ada',
      workspace: workspaceWith(change),
      loadConnector: () => Promise.resolve(connector),
    },
    ['big-to-crm'],
  )

describe('orderReplacement', () => {
  it('stands durably, once, with who gave it in the audit log', async () => {
    await order()
    await order()
    expect(await readReplacementOrder(control, 'big-to-crm')).toEqual({ run: null, attempt: 0, state: null })
    expect(await control.auditEntries()).toMatchObject([
      { actor: 'cli:ada', action: 'replacement_ordered', object: 'sync/big-to-crm' },
    ])
  })

  it('leaves an exchange that is under way to go on', async () => {
    const underWay = { run: 'run-1', attempt: 1, state: { sequence: 2 } }
    await writeReplacementOrder(control, 'big-to-crm', underWay)
    await order()
    expect(await readReplacementOrder(control, 'big-to-crm')).toEqual(underWay)
  })

  it('is refused where the mode keeps people, or the platform cannot exchange', async () => {
    const refusal = { code: 'connector.capability_missing', params: { capability: 'replace' } }
    await expect(order({ mode: 'add_only' })).rejects.toMatchObject(refusal)
    const plain = createLedgerConnector({ capabilities: { create: true, remove: true } })
    await expect(order({}, plain)).rejects.toMatchObject(refusal)
    expect(await readReplacementOrder(control, 'big-to-crm')).toBeUndefined()
  })
})
