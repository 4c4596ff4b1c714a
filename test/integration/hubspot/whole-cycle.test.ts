/** HubSpot under the whole hub: its own stores, caller and worker, two connections, real local servers. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hubspotConnector } from '../../../connectors/hubspot/connector.ts'
import {
  startHubspotSandbox,
  type HubspotSandbox,
} from '../../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import type { Workspace } from '../../../core/manifest/manifest.ts'
import { parseManifest, toWorkspace } from '../../../core/manifest/parse-manifest.ts'
import { runCycle } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench, shopPeople, type CycleBench } from '../../support/a-cycle.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { createLedgerConnector } from '../../support/ledger-connector.ts'
import { startLedgerPlatform, type LedgerPlatform } from '../../support/ledger-platform.ts'

let clock: FixedClock
let shop: LedgerPlatform
let hubspot: HubspotSandbox
let bench: CycleBench
let workspace: Workspace

beforeEach(async () => {
  clock = createFixedClock('2026-11-22T10:00:00Z', { autoAdvance: true })
  shop = await startLedgerPlatform(clock)
  hubspot = await startHubspotSandbox({ clock, limits: 'off' })
  workspace = aWorkspace()
  const connectors = [createLedgerConnector(), hubspotConnector]
  bench = await aCycleBench({ clock, workspace, connectors })
})
afterEach(async () => {
  await bench.close()
  await Promise.all([shop.close(), hubspot.close()])
})

const newsletter = { purpose: 'newsletter', channel: 'email' }

/** People of the shop and contacts of HubSpot are one profile by e-mail; both tell whether the newsletter is wanted. */
function aWorkspace(): Workspace {
  const manifests = [
    {
      kind: 'profile_schema',
      name: 'people',
      identifiers: { email: { form: 'email' }, hubspot_contact_id: { form: 'exact' } },
      consents: { newsletter: { channels: ['email'] } },
    },
    { kind: 'connection', name: 'shop', connector: 'ledger', config: { url: shop.url } },
    {
      kind: 'connection',
      name: 'crm',
      connector: 'hubspot',
      config: { access_token: 'sandbox-token', base_url: hubspot.url, import_above: 3 },
    },
    {
      kind: 'mapping',
      name: 'shop-people',
      connection: 'shop',
      stream: 'people',
      identifiers: { email: { from: 'email' } },
      consents: [{ ...newsletter, from: 'consent', granted: ['yes'], denied: ['no'] }],
    },
    {
      kind: 'mapping',
      name: 'crm-contacts',
      connection: 'crm',
      stream: 'contacts',
      identifiers: { email: { from: 'email' }, hubspot_contact_id: { from: 'hs_object_id' } },
      consents: [{ ...newsletter, from: 'hs_email_optout', denied: ['true'] }],
    },
    { kind: 'segment', name: 'everybody', rule: { all: [] } },
    { kind: 'sync', name: 'from-shop', source: { connection: 'shop', stream: 'people' } },
    { kind: 'sync', name: 'from-crm', source: { connection: 'crm', stream: 'contacts' } },
    {
      kind: 'sync',
      name: 'readers',
      segment: 'everybody',
      destination: { connection: 'crm', kind: 'static_list', audience: 'Readers' },
      fields: { email: { identifier: 'email' } },
      consent: [newsletter],
      guard: { max_removal_share: 1 },
    },
    {
      kind: 'sync',
      name: 'opt-outs',
      segment: 'everybody',
      destination: {
        connection: 'crm',
        kind: 'email_opt_out',
        audience: 'Newsletter',
        settings: { only_denied: true },
      },
      mode: 'add_only',
      fields: { email: { identifier: 'email' }, consent: { consent: newsletter } },
      consent: 'not_required',
    },
  ]
  const parsed = toWorkspace(manifests.map((manifest) => parseManifest({ version: 1, ...manifest })))
  if (!parsed) throw new TypeError('the workspace has a profile schema')
  return parsed
}

/** One cycle, and its run of a sync. */
async function cycle(sync: string) {
  clock.advance(120_000)
  const report = await runCycle(bench, {
    workspace,
    asOf: clock.now(),
    actor: 'test',
    signal: new AbortController().signal,
    onEvent: () => undefined,
  })
  const run = report.runs.find((ended) => ended.sync === sync)
  return bench.control.run(run?.runId ?? '')
}

const readers = (): string[] =>
  [...hubspot.lists.lists.values()]
    .flatMap(({ members }) => [...members.keys()])
    .map((id) => hubspot.contacts.get(id)?.properties['email'] ?? '')
    .toSorted()

describe('an import under the whole hub', () => {
  it('keeps the run incomplete until HubSpot is done, then every record has its key and is on the list', async () => {
    shop.people.push(...shopPeople(1, 5))
    const first = await cycle('readers')
    expect(first).toMatchObject({ state: 'incomplete', counters: { planned: 5, applied: 0, pending: 5 } })
    expect(readers()).toEqual([])
    await cycle('readers')
    expect(await bench.control.run(first?.id ?? '')).toMatchObject({
      state: 'succeeded',
      counters: { planned: 5, applied: 5, pending: 0 },
    })
    expect(readers()).toHaveLength(5)
    const delivered = await bench.deliveries.deliveryOf('readers', 'p_1')
    expect(hubspot.contacts.get(delivered?.key ?? '')?.properties['email']).toBe('p1@example.com')
    const written = hubspot.ledger.length
    expect(await cycle('readers')).toMatchObject({ state: 'succeeded', counters: { planned: 0 } })
    expect(hubspot.ledger).toHaveLength(written)
  })
})

describe('opt-outs under the whole hub', () => {
  it('opt-out always wins, both ways: what the hub knows is written to HubSpot, what HubSpot knows takes people off', async () => {
    shop.people.push(...shopPeople(1, 2), { id: '3', email: 'p3@example.com', consent: 'no' })
    await cycle('opt-outs')
    const statusOf = (name: string) => hubspot.consents.status(`${name}@example.com`, '501')
    expect(['p1', 'p2', 'p3'].map(statusOf)).toEqual(['NOT_SPECIFIED', 'NOT_SPECIFIED', 'UNSUBSCRIBED'])
    expect(readers()).toEqual(['p1@example.com', 'p2@example.com'])

    const one = hubspot.contacts.findByUnique('email', 'p1@example.com')
    hubspot.contacts.update(one?.id ?? '', { hs_email_optout: 'true' })
    await cycle('readers')
    await cycle('readers')
    expect(readers()).toEqual(['p2@example.com'])
    expect(statusOf('p1')).toBe('UNSUBSCRIBED')
  })
})
