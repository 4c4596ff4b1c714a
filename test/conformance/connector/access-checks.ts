import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Connection } from '../../../core/connector/connector.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { openGrantedConnection } from '../../support/granted-connection.ts'
import { startProcess } from '../../support/start-process.ts'
import type { AccessCase, ConnectorHarness, ConnectorSuite } from './harness.ts'

const { signal } = new AbortController()

/** A platform, a control store in a folder, and a first hub process on both. */
interface Scene {
  readonly harness: ConnectorHarness
  readonly access: AccessCase
  readonly folder: string
  readonly connection: Connection
  /** Runs once, before the second request from now on is sent. */
  beforeSecondCall(act: () => void): void
}

/** How often access is renewed. Tokens end at the platform alone: the hub learns it from a refusal. */
export function describeAccess(suite: ConnectorSuite): void {
  const scene = async (test: (scene: Scene) => Promise<void>): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'affluent-access-'))
    const harness = await suite.start()
    const store = await openControlStore(join(folder, 'control.sqlite'), systemClock)
    try {
      await test(await openScene(suite, { harness, folder, store }))
    } finally {
      await store.close()
      await harness.close()
      await rm(folder, { recursive: true })
    }
  }

  describe('renewed access', () => {
    it('asks for one token when access has ended between two reads, whoever meets the end', () =>
      scene(async ({ access, harness, connection }) => {
        await readFirstPage(connection, harness)
        access.expire()
        const before = access.countRefreshes()
        await Promise.all(Array.from({ length: 10 }, () => readFirstPage(connection, harness)))
        expect(access.countRefreshes() - before).toBe(1)
      }))

    it('asks for one token when access ends between two pages, and loses no record', () =>
      scene(async (opened) => {
        const { access, harness, connection } = opened
        await readFirstPage(connection, harness)
        const before = access.countRefreshes()
        opened.beforeSecondCall(() => access.expire())
        const [stream = ''] = Object.keys(harness.sources)
        const ids = await readAll(connection, harness, stream)
        expect(ids).toHaveLength(harness.sources[stream]?.externalIds.length ?? 0)
        expect(access.countRefreshes() - before).toBe(1)
      }))

    it('asks for one token when access ends inside a batch, and every record has its outcome', (context) =>
      scene(async (opened) => {
        const { access, harness, connection } = opened
        const { batchTo: kind } = access
        context.skip(kind === undefined, 'batches are sent without this access')
        const seeded = harness.destinations[kind ?? '']
        const destination = connection.destination(kind ?? '')
        const audience = await destination?.create?.({ name: 'Conformance audience' })
        const records = seeded?.records(450) ?? []
        if (!audience) throw new Error('no audience to send a batch to')
        const before = access.countRefreshes()
        opened.beforeSecondCall(() => access.expire())
        // Two batches, since one is a single request on some platforms.
        const first = await destination?.add({ audience, records: records.slice(0, 440), signal })
        const second = await destination?.add({ audience, records: records.slice(440), signal })
        const statuses = [...(first ?? []), ...(second ?? [])].map(({ status }) => status)
        expect(statuses).toHaveLength(450)
        expect(statuses.filter((status) => status !== 'applied' && status !== 'accepted')).toEqual([])
        expect(access.countRefreshes() - before).toBe(1)
      }))

    it('asks for one token when two processes meet the end together', () =>
      scene(async ({ access, harness, connection, folder }) => {
        await readFirstPage(connection, harness)
        const [stream = ''] = Object.keys(harness.sources)
        const { fields } = harness.sources[stream] ?? { fields: [] }
        const order = { connector: suite.connector.slug, config: access.config, stream, fields, folder }
        const processes = ['one', 'two'].map(() => startProcess('read-connection.ts', JSON.stringify(order)))
        for (const each of processes) expect(await each.line()).toBe('ready')
        access.expire()
        const before = access.countRefreshes()
        for (const each of processes) each.signal('SIGUSR2')
        for (const each of processes) expect(await each.line()).toBe('done')
        expect(access.countRefreshes() - before).toBe(1)
        for (const each of processes) expect(await each.exitCode()).toBe(0)
      }))
  })
}

async function openScene(
  suite: ConnectorSuite,
  opened: {
    readonly harness: ConnectorHarness
    readonly folder: string
    readonly store: ControlStore
  },
): Promise<Scene> {
  const { access } = opened.harness
  if (!access) throw new Error('the harness does not say how access is renewed')
  let waiting: { left: number; act: () => void } | undefined
  const connection = await openGrantedConnection({
    connector: suite.connector,
    config: access.config,
    store: opened.store,
    holder: 'first',
    clock: systemClock,
    onCall() {
      if (!waiting) return
      waiting.left -= 1
      if (waiting.left > 0) return
      waiting.act()
      waiting = undefined
    },
  })
  return {
    ...opened,
    access,
    connection,
    beforeSecondCall(act) {
      waiting = { left: 2, act }
    },
  }
}

async function readFirstPage(connection: Connection, { sources }: ConnectorHarness): Promise<void> {
  const [stream = ''] = Object.keys(sources)
  const { fields } = sources[stream] ?? { fields: [] }
  for await (const page of connection.source(stream)?.read({ cursor: null, fields, signal }) ?? [])
    if (page.records.length > 0) return
  throw new Error('there is nothing to read')
}

async function readAll(
  connection: Connection,
  { sources }: ConnectorHarness,
  stream: string,
): Promise<string[]> {
  const { fields } = sources[stream] ?? { fields: [] }
  const ids: string[] = []
  for await (const page of connection.source(stream)?.read({ cursor: null, fields, signal }) ?? [])
    ids.push(...page.records.map(({ externalId }) => externalId))
  return ids
}
