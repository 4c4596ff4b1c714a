import { afterEach, describe, expect, it, vi } from 'vitest'
import { webhooksConnector } from '../../../connectors/webhooks/connector.ts'
import {
  startWebhookReceiver,
  type WebhookReceiver,
} from '../../../connectors/webhooks/sandbox/webhook-receiver.ts'
import type { Workspace } from '../../../core/manifest/manifest.ts'
import { parseManifest, toWorkspace } from '../../../core/manifest/parse-manifest.ts'
import type { Run } from '../../../core/sync/run.ts'
import { startLiveLoop, type LiveLoop } from '../../../hub-server/worker/live-loop.ts'
import { runCycle } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench, type CycleBench } from '../../support/a-cycle.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { createLedgerConnector } from '../../support/ledger-connector.ts'
import { startLedgerPlatform, type LedgerPlatform } from '../../support/ledger-platform.ts'

const start = Date.parse('2026-03-01T12:00:00Z')
const minute = 60_000
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const person = { email: { from: 'userId' } }

const sync = (name: string, connection: string, more: object): object => ({
  kind: 'sync',
  name,
  segment: 'visitors',
  destination: { connection, kind: connection === 'hooks' ? 'endpoint' : 'list', audience: 'crm' },
  fields: { email: { identifier: 'email' } },
  consent: 'not_required',
  guard: { min_members: 2, max_removal_share: 0.5 },
  ...more,
})

function aWorkspace(receiver: string, list: string): Workspace {
  const manifests = [
    {
      kind: 'profile_schema',
      name: 'people',
      traits: { plan: { type: 'text' } },
      identifiers: { email: { form: 'email' } },
      consents: { ads: { channels: ['email'] } },
      events: { visit: { properties: {} } },
    },
    {
      kind: 'mapping',
      name: 'track',
      connection: 'events',
      stream: 'track',
      events: [{ event: 'visit', person, time: { from: 'timestamp', apply: ['datetime'] } }],
    },
    {
      kind: 'mapping',
      name: 'identify',
      connection: 'events',
      stream: 'identify',
      identifiers: person,
      traits: { plan: { from: 'plan' } },
      consents: [{ purpose: 'ads', channel: 'email', from: 'ads', granted: ['yes'], denied: ['no'] }],
    },
    {
      kind: 'connection',
      name: 'hooks',
      connector: 'webhooks',
      config: {
        endpoints: {
          crm: { url: `${receiver}/hooks`, secret },
          readers: { url: `${receiver}/hooks`, secret },
        },
      },
    },
    { kind: 'connection', name: 'ledger', connector: 'ledger', config: { url: list } },
    { kind: 'segment', name: 'visitors', rule: 'performed(visit, last 10 minutes)' },
    sync('to-hooks', 'hooks', { when: 'live' }),
    sync('to-readers', 'hooks', {
      when: 'live',
      destination: { connection: 'hooks', kind: 'endpoint', audience: 'readers' },
      fields: { email: { identifier: 'email' }, plan: { trait: 'plan' } },
      consent: [{ purpose: 'ads', channel: 'email' }],
    }),
    sync('to-list', 'ledger', {}),
  ]
  const workspace = toWorkspace(manifests.map((manifest) => parseManifest({ version: 1, ...manifest })))
  if (!workspace) throw new TypeError('the workspace has a profile schema')
  return workspace
}

interface Setting extends AsyncDisposable {
  readonly clock: FixedClock
  readonly hub: CycleBench
  readonly live: LiveLoop
  readonly receiver: WebhookReceiver
  readonly list: LedgerPlatform
  /** Runs a cycle as the hub does, alone. */
  cycle(): Promise<unknown>
  /** Writes visits as the drain of events does, at the present moment. */
  visit(...emails: string[]): Promise<void>
  /** Writes what a person told of themselves, in the same way. */
  identify(userId: string, told: { readonly plan?: string; readonly ads?: 'yes' | 'no' }): Promise<void>
  runs(name?: string): Promise<readonly Run[]>
}

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]()
})

async function aLiveHub(): Promise<Setting> {
  const clock = createFixedClock(start)
  const [receiver, list] = await Promise.all([
    startWebhookReceiver({ clock, secret }),
    startLedgerPlatform(clock),
  ])
  const workspace = aWorkspace(receiver.url, list.url)
  const hub = await aCycleBench({
    clock,
    workspace,
    connectors: [webhooksConnector, createLedgerConnector()],
  })
  const live = startLiveLoop({ ports: hub, workspace, actor: 'hub' })
  const signal = new AbortController().signal
  let events = 0
  const write = async (
    streams: readonly string[],
    told: readonly Record<string, string>[],
  ): Promise<void> => {
    const at = clock.now()
    const records = told.map((fields) => ({
      externalId: `web:${(events += 1)}`,
      versionAt: at,
      deleted: false,
      fields: { ...fields, timestamp: new Date(at).toISOString() },
    }))
    for (const stream of streams)
      await hub.profiles.writePage({
        stream: { connection: 'events', stream },
        runId: `drain-${events}`,
        receivedAt: at,
        records,
        quarantined: [],
        refreshFollows: false,
      })
    live.wake()
  }
  const setting: Setting = {
    clock,
    hub,
    live,
    receiver,
    list,
    cycle: () =>
      live.runCycle(() =>
        runCycle(hub, { workspace, asOf: clock.now(), actor: 'hub', signal, onEvent: () => undefined }),
      ),
    visit: (...emails) =>
      write(
        ['identify', 'track'],
        emails.map((userId) => ({ userId })),
      ),
    identify: (userId, told) => write(['identify'], [{ userId, ...told }]),
    runs: (name = 'to-hooks') => hub.control.runs({ sync: name, limit: 100 }),
    async [Symbol.asyncDispose]() {
      await live.stop()
      await hub.close()
      await Promise.all([receiver.close(), list.close()])
    },
  }
  open.push(setting)
  return setting
}

const emails = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `p${from + index}@example.com`)

/** The longest rest of the loop between batches and looks, in milliseconds: after a failure. */
const longestRestMs = 5_000

/**
 * The loop rests on the clock of the test: while something is waited for, that is moved over its rests and no further, so that a slow
 * machine has the same time pass as a fast one. The limit is for hangs.
 */
async function untilHolds({ clock }: Setting, check: () => void | Promise<void>): Promise<void> {
  await vi.waitFor(
    async () => {
      const left = clock.untilNextWake()
      if (left <= longestRestMs) clock.advance(left)
      await check()
    },
    { timeout: 120_000, interval: 10 },
  )
}

describe('a hub that stays up', () => {
  it('tells a live receiver who entered at once and who exited at the instant, and others by the next cycle', async () => {
    const setting = await aLiveHub()
    const { clock, receiver, list } = setting
    await setting.visit('ada@example.com')
    await setting.cycle()
    expect([receiver.members('crm'), list.members('crm')]).toEqual([['ada@example.com'], ['ada@example.com']])
    clock.advance(minute)
    await setting.visit('ben@example.com')
    await untilHolds(setting, () =>
      expect(receiver.members('crm').toSorted()).toEqual(['ada@example.com', 'ben@example.com']),
    )
    expect(list.members('crm')).toEqual(['ada@example.com'])
    // Ada's visit leaves the window ten minutes after it: nobody wakes the loop for that.
    clock.advance(9 * minute - 5000)
    expect(receiver.members('crm')).toHaveLength(2)
    clock.advance(5000)
    await untilHolds(setting, () => expect(receiver.members('crm')).toEqual(['ben@example.com']))
    await setting.cycle()
    expect(list.members('crm')).toEqual(['ben@example.com'])
    const states = (await setting.runs()).map(({ state, counters }) => [
      state,
      counters.adds,
      counters.removes,
    ])
    expect(states).toContainEqual(['succeeded', 0, 1])
  })

  it('tells of changed fields and of withdrawn consents though nobody moves, and books nothing where nothing is told', async () => {
    const setting = await aLiveHub()
    const { clock, receiver } = setting
    const people = emails(1, 6)
    await setting.visit(...people)
    for (const email of people) await setting.identify(email, { plan: 'free', ads: 'yes' })
    await setting.cycle()
    expect(receiver.members('readers')).toEqual(people)
    const booked = (await setting.runs('to-readers')).length
    const told = receiver.ledger.length
    clock.advance(minute)
    await setting.identify('p2@example.com', { plan: 'paid' })
    await untilHolds(setting, () => expect(receiver.ledger.slice(told)).toHaveLength(1))
    expect(receiver.ledger.at(-1)).toMatchObject({ operation: 'audience.entered', target: 'readers' })
    // Four of six are beyond the guard, which does not hold up who said no.
    for (const email of people.slice(2)) await setting.identify(email, { ads: 'no' })
    await untilHolds(setting, () => expect(receiver.members('readers')).toEqual(people.slice(0, 2)))
    expect(receiver.members('crm')).toEqual(people)
    const after = (await setting.runs('to-readers')).length
    expect(after - booked).toBeGreaterThan(1)
    const messages = receiver.ledger.length
    await setting.identify('p1@example.com', { plan: 'free' })
    await setting.visit('p1@example.com')
    await setting.identify('p2@example.com', { plan: 'gold' })
    await untilHolds(setting, () => expect(receiver.ledger.slice(messages)).toHaveLength(1))
    expect((await setting.runs('to-readers')).length - after).toBe(1)
    expect(await setting.runs()).toHaveLength(1)
  })

  it('leaves an audience that no cycle filled yet, or whose sync changed, to the next cycle', async () => {
    const setting = await aLiveHub()
    await setting.visit('ada@example.com')
    await untilHolds(setting, async () => {
      const sizes = await setting.hub.segments.sizes()
      expect(sizes.get('visitors')).toBe(1)
    })
    expect(await setting.runs()).toEqual([])
    await setting.cycle()
    expect(setting.receiver.members('crm')).toEqual(['ada@example.com'])
  })

  it('stops at the guard over all that left since the last cycle, and has the cycle ask', async () => {
    const setting = await aLiveHub()
    const { clock, receiver } = setting
    await setting.cycle()
    for (const [index, email] of emails(1, 6).entries()) {
      await setting.visit(email)
      await untilHolds(setting, async () => {
        expect((await setting.hub.segments.sizes()).get('visitors')).toBe(index + 1)
      })
      clock.advance(minute)
    }
    await setting.cycle()
    expect(receiver.members('crm')).toHaveLength(6)
    // One leaves each minute: none of the runs is large, the fourth is beyond half of the audience.
    for (const left of [5, 4, 3]) {
      clock.advance(left === 5 ? 4 * minute : minute)
      await untilHolds(setting, () => expect(receiver.members('crm')).toHaveLength(left))
    }
    clock.advance(minute)
    await untilHolds(setting, async () => {
      const [last] = await setting.runs()
      expect(last).toMatchObject({ state: 'cancelled', error: { code: 'run.guard_tripped' } })
    })
    expect(receiver.members('crm')).toHaveLength(3)
    await setting.visit('new@example.com')
    await untilHolds(setting, async () => {
      const sizes = await setting.hub.segments.sizes()
      expect(sizes.get('visitors')).toBe(3)
    })
    expect(receiver.members('crm')).not.toContain('new@example.com')
    await setting.cycle()
    expect(receiver.members('crm')).toContain('new@example.com')
  })

  it('does nothing beside a cycle, and goes on after it', async () => {
    const setting = await aLiveHub()
    await setting.visit('ada@example.com')
    await setting.cycle()
    const gate = Promise.withResolvers<void>()
    const under = Promise.withResolvers<void>()
    const cycle = setting.live.runCycle(async () => {
      under.resolve()
      await gate.promise
    })
    await under.promise
    await setting.visit('ben@example.com')
    setting.clock.advance(minute)
    expect((await setting.hub.segments.sizes()).get('visitors')).toBe(1)
    gate.resolve()
    await cycle
    await untilHolds(setting, () => expect(setting.receiver.members('crm')).toHaveLength(2))
  })

  it('loses nothing when it ends while people are told', async () => {
    const setting = await aLiveHub()
    const { receiver } = setting
    await setting.visit('ada@example.com')
    await setting.cycle()
    setting.clock.advance(1000)
    await setting.visit(...emails(1, 30))
    await untilHolds(setting, () => expect(receiver.ids.length).toBeGreaterThan(3))
    await setting.live.stop()
    await setting.cycle()
    expect(receiver.members('crm')).toHaveLength(31)
    expect((await setting.runs()).map(({ state }) => state)).not.toContain('running')
  })
})
