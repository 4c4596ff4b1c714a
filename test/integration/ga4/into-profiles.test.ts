import { afterEach, beforeEach, expect, it } from 'vitest'
import { ga4Connector } from '../../../connectors/ga4/connector.ts'
import { startGa4Sandbox, type Ga4Sandbox } from '../../../connectors/ga4/sandbox/ga4-sandbox.ts'
import type { Workspace } from '../../../core/manifest/manifest.ts'
import { parseManifest, toWorkspace } from '../../../core/manifest/parse-manifest.ts'
import { runCycle } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench, type CycleBench } from '../../support/a-cycle.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'

// Members of a GA4 audience, through the whole hub: their ids become identifiers, their membership an event.
const day = 86_400_000
let clock: FixedClock
let sandbox: Ga4Sandbox
let bench: CycleBench
let workspace: Workspace

beforeEach(async () => {
  clock = createFixedClock('2026-11-22T12:00:00Z', { autoAdvance: true })
  sandbox = await startGa4Sandbox({
    clock,
    client: { id: 'client', secret: 'client-secret', refreshToken: 'refresh-token' },
    audiences: [
      {
        id: '11',
        name: 'Purchasers',
        members: [
          { userId: 'crm-1', deviceId: '5.1700000000' },
          { userId: 'crm-1', deviceId: '6.1700000000' },
          { userId: 'crm-2', deviceId: '7.1700000000' },
        ],
      },
    ],
  })
  workspace = aWorkspace(sandbox.url)
  bench = await aCycleBench({ clock, workspace, connectors: [ga4Connector] })
})
afterEach(async () => {
  await bench.close()
  await sandbox.close()
})

function aWorkspace(base_url: string): Workspace {
  const manifests = [
    {
      kind: 'profile_schema',
      name: 'people',
      identifiers: { crm_id: { form: 'exact' }, ga4_device_id: { form: 'exact' } },
      events: { in_ga4_audience: { properties: { audience: 'text' } } },
    },
    {
      kind: 'connection',
      name: 'analytics',
      connector: 'ga4',
      config: {
        property_id: '123456789',
        client_id: 'client',
        client_secret: 'client-secret',
        refresh_token: 'refresh-token',
        base_url,
        audience_export: { audience_ids: ['11'] },
      },
    },
    {
      kind: 'mapping',
      name: 'ga4-members',
      connection: 'analytics',
      stream: 'audience_members',
      identifiers: { crm_id: { from: 'user_id' }, ga4_device_id: { from: 'device_id' } },
      events: [
        {
          event: 'in_ga4_audience',
          person: { crm_id: { from: 'user_id' } },
          time: { from: 'exported_at', apply: ['datetime'] },
          properties: { audience: { from: 'audience_name' } },
        },
      ],
    },
    { kind: 'sync', name: 'from-ga4', source: { connection: 'analytics', stream: 'audience_members' } },
  ]
  const made = toWorkspace(manifests.map((manifest) => parseManifest({ version: 1, ...manifest })))
  if (!made) throw new TypeError('the workspace has a profile schema')
  return made
}

const run = () =>
  runCycle(bench, {
    workspace,
    asOf: clock.now(),
    actor: 'test',
    signal: new AbortController().signal,
    onEvent: () => undefined,
  })

it('turns the members of a GA4 audience into identifiers and events, once each', async () => {
  const { runs } = await run()
  expect(runs).toMatchObject([{ sync: 'from-ga4', state: 'succeeded' }])
  const person = await bench.profiles.findProfile('5.1700000000')
  expect(person?.identifiers.map(({ kind, value }) => [kind, value])).toEqual([
    ['crm_id', 'crm-1'],
    ['ga4_device_id', '5.1700000000'],
    ['ga4_device_id', '6.1700000000'],
  ])
  expect(person?.events).toBe(2)
  expect(await bench.profiles.counts()).toMatchObject({ profiles: 2, events: 3 })
})

it('reads a newer export without counting anybody twice, and lets go who left the audience', async () => {
  await run()
  sandbox.setMembers('11', [{ userId: 'crm-2', deviceId: '7.1700000000' }])
  clock.advance(2 * day)
  await run()
  expect(await bench.profiles.findProfile('crm-1')).toBeUndefined()
  expect((await bench.profiles.findProfile('crm-2'))?.events).toBe(1)
})
