import { expect, it, vi } from 'vitest'
import { parseManifest, toWorkspace } from '../../../core/manifest/parse-manifest.ts'
import { startLiveLoop } from '../../../hub-server/worker/live-loop.ts'
import { aCycleBench } from '../../support/a-cycle.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'

const now = Date.parse('2026-03-01T12:00:00Z')

const manifests = [
  {
    kind: 'profile_schema',
    name: 'people',
    identifiers: { email: { form: 'email' } },
    events: { visit: { properties: {} } },
  },
  {
    kind: 'mapping',
    name: 'track',
    connection: 'events',
    stream: 'track',
    events: [
      {
        event: 'visit',
        person: { email: { from: 'userId' } },
        time: { from: 'timestamp', apply: ['datetime'] },
      },
    ],
  },
  { kind: 'segment', name: 'visitors', rule: 'performed(visit, last 1 days)' },
].map((manifest) => parseManifest({ version: 1, ...manifest }))

it('follows nobody while the disk has too little room, as no cycle begins then, and goes on when there is some', async () => {
  const clock = createFixedClock(now)
  const workspace = toWorkspace(manifests)
  if (!workspace) throw new TypeError('the workspace has a profile schema')
  const hub = await aCycleBench({ clock, workspace, connectors: [] })
  const maySync = vi.fn<() => boolean>(() => false)
  const live = startLiveLoop({ ports: hub, workspace, actor: 'hub', maySync })
  try {
    await hub.profiles.writePage({
      stream: { connection: 'events', stream: 'track' },
      runId: 'drain-1',
      receivedAt: now,
      records: [
        {
          externalId: 'web:1',
          versionAt: now,
          deleted: false,
          fields: { userId: 'ada@example.com', event: 'visit', timestamp: new Date(now).toISOString() },
        },
      ],
      quarantined: [],
      refreshFollows: false,
    })
    live.wake()
    const untilHolds = (check: () => unknown): Promise<unknown> =>
      vi.waitFor(
        () => {
          clock.advance(30_000)
          return check()
        },
        { timeout: 10_000, interval: 10 },
      )
    await untilHolds(() => expect(maySync.mock.calls.length).toBeGreaterThan(2))
    expect((await hub.segments.sizes()).get('visitors')).toBeUndefined()
    maySync.mockReturnValue(true)
    await untilHolds(async () => expect((await hub.segments.sizes()).get('visitors')).toBe(1))
  } finally {
    await live.stop()
    await hub.close()
  }
})

it('has one thread of the warehouse for a batch, all of them while nothing is due and in a cycle, and tidies in between and after it', async () => {
  const clock = createFixedClock(now)
  const workspace = toWorkspace(manifests)
  if (!workspace) throw new TypeError('the workspace has a profile schema')
  const hub = await aCycleBench({ clock, workspace, connectors: [] })
  const told: (number | 'all' | 'tidied' | 'merged')[] = []
  const live = startLiveLoop({
    ports: hub,
    workspace,
    actor: 'hub',
    useThreads: async (count) => void told.push(count ?? 'all'),
    shortenLog: async () => void told.push('tidied'),
    async checkpoint() {
      told.push('merged')
      throw new Error('no room left: no cycle fails for it')
    },
  })
  try {
    await vi.waitFor(() => expect(told).toEqual(['all']))
    live.wake()
    const untilHolds = (check: () => unknown): Promise<unknown> =>
      vi.waitFor(
        () => {
          clock.advance(1_000)
          return check()
        },
        { timeout: 10_000, interval: 10 },
      )
    await untilHolds(() => expect(told.slice(0, 4)).toEqual(['all', 1, 'tidied', 'all']))
    told.splice(0)
    const atWork = await live.runCycle(async () => told.at(-1))
    expect([atWork, told.at(-1)]).toEqual(['all', 'merged'])
  } finally {
    await live.stop()
    await hub.close()
  }
})
