import { afterEach, beforeEach } from 'vitest'
import type { SourceRecord } from '../../core/connector/source.ts'
import type { Workspace } from '../../core/manifest/manifest.ts'
import { parseManifest, toWorkspace } from '../../core/manifest/parse-manifest.ts'
import { runCycle } from '../../hub-server/worker/run-cycle.ts'
import { aCycleBench, type CycleBench } from './a-cycle.ts'
import { createFixedClock, type FixedClock } from './fixed-clock.ts'
import { createLedgerConnector } from './ledger-connector.ts'
import { startLedgerPlatform, type LedgerPlatform } from './ledger-platform.ts'
import { createWorkspaceFolder } from './workspace-folder.ts'

export const ada = 'ada.lovelace@analytical.example'

const manifests = (url: string) => [
  {
    kind: 'profile_schema',
    version: 1,
    name: 'people',
    traits: {
      city: { type: 'text' },
      points: { type: 'number' },
      birthday: { type: 'date' },
      seen: { type: 'datetime' },
      tags: { type: 'list' },
      vip: { type: 'boolean' },
    },
    identifiers: { email: { form: 'email' }, phone: { form: 'phone' }, customer: { form: 'exact' } },
    events: { order: { properties: { amount: 'number', coupon: 'text' } } },
    consents: { marketing: { channels: ['ads'] } },
    default_country: 'FR',
  },
  { kind: 'connection', version: 1, name: 'crm', connector: 'ledger', config: { url } },
  {
    kind: 'mapping',
    version: 1,
    name: 'people',
    connection: 'crm',
    stream: 'people',
    identifiers: { email: { from: 'email' }, phone: { from: 'phone' }, customer: { from: 'customer' } },
    traits: {
      city: { from: 'city' },
      points: { from: 'points' },
      birthday: { from: 'birthday' },
      tags: { from: 'tags' },
    },
    consents: [{ purpose: 'marketing', channel: 'ads', from: 'consent', granted: ['yes'], denied: ['no'] }],
  },
  {
    kind: 'mapping',
    version: 1,
    name: 'orders',
    connection: 'crm',
    stream: 'orders',
    events: [
      {
        event: 'order',
        time: { from: 'at' },
        person: { customer: { from: 'customer' } },
        properties: { amount: { from: 'amount' }, coupon: { from: 'coupon' } },
      },
    ],
  },
  {
    kind: 'segment',
    version: 1,
    name: 'subscribers',
    rule: { consent: { purpose: 'marketing', channel: 'ads' }, is: 'granted' },
  },
  {
    kind: 'sync',
    version: 1,
    name: 'to-crm',
    segment: 'subscribers',
    destination: { connection: 'crm', kind: 'list', audience: 'Subscribers' },
    fields: { email: { identifier: 'email' }, name: { trait: 'city' } },
    consent: [{ purpose: 'marketing', channel: 'ads' }],
    mode: 'add_only',
  },
]

/** A hub with two people, their orders and one add-only audience, made anew for each test. */
export interface RightsBench {
  readonly clock: FixedClock
  readonly platform: LedgerPlatform
  readonly bench: CycleBench
  readonly folder: { readonly path: string }
  workspace: Workspace
}

/** Registers what makes and removes the bench; its members are those of the running test. */
export function aRightsBench(): RightsBench {
  const at: Partial<RightsBench & { remove: () => Promise<void> }> = {}
  beforeEach(async () => {
    const clock = createFixedClock('2026-01-03T00:00:00Z', { autoAdvance: true })
    const platform = await startLedgerPlatform(clock)
    const folder = await createWorkspaceFolder({})
    const workspace = toWorkspace(manifests(platform.url).map((manifest) => parseManifest(manifest)))
    if (!workspace) throw new TypeError('the workspace has a profile schema')
    const bench = await aCycleBench({
      folder: folder.path,
      clock,
      workspace,
      connectors: [createLedgerConnector()],
    })
    Object.assign(at, { clock, platform, folder, workspace, bench })
    at.remove = async () => {
      await bench.close()
      await platform.close()
      await folder[Symbol.asyncDispose]()
    }
    const made = at as RightsBench
    await writeRecords(made, 'people', [
      aPerson(made, '77', ada, { phone: '06 12 34 56 78', points: 3, tags: ['a', 'b'] }),
      aPerson(made, '8', 'grace@example.com'),
    ])
    await writeRecords(made, 'orders', [
      anOrder(made, 'o-1', '77', '2025-01-01T10:00:00Z'),
      anOrder(made, 'o-2', '77', '2026-01-01T10:00:00Z'),
      anOrder(made, 'o-3', '8', '2025-01-01T10:00:00Z'),
    ])
    await runHub(made)
  })
  afterEach(() => at.remove?.())
  return at as RightsBench
}

export const aPerson = (
  { clock }: RightsBench,
  id: string,
  email: string,
  more: Record<string, string | number | string[]> = {},
): SourceRecord => ({
  externalId: id,
  versionAt: clock.now(),
  deleted: false,
  fields: { email, city: 'Paris', consent: 'yes', customer: `customer-${id}`, ...more },
})

export const anOrder = ({ clock }: RightsBench, id: string, customer: string, at: string): SourceRecord => ({
  externalId: id,
  versionAt: clock.now(),
  deleted: false,
  fields: { customer: `customer-${customer}`, at, amount: 12, coupon: `thanks-${customer}` },
})

export async function writeRecords(
  { bench, clock }: RightsBench,
  stream: string,
  records: SourceRecord[],
): Promise<void> {
  const page = { runId: `run-${clock.now()}`, receivedAt: clock.now(), quarantined: [] }
  await bench.profiles.writePage({ ...page, stream: { connection: 'crm', stream }, records })
}

export const runHub = ({ bench, clock, workspace }: RightsBench) =>
  runCycle(bench, {
    workspace,
    asOf: clock.now(),
    actor: 'cli:test',
    signal: new AbortController().signal,
    onEvent: () => undefined,
  })

/** The profile id of whoever bears the name. */
export const idOf = async ({ bench }: RightsBench, name: string): Promise<string> =>
  (await bench.rights.findPerson(name)) ?? 'nobody'
