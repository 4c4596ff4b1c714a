import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import type { Clock } from '../../core/port/clock.ts'
import { dataPaths } from '../../hub-server/data-paths.ts'
import { createTranslator } from '../../hub-server/locales/translate.ts'
import { createSpaceGuard } from '../../hub-server/operation/space-guard.ts'
import { aServedHub, type ServedHub } from '../support/a-served-hub.ts'
import { createFixedClock } from '../support/fixed-clock.ts'
import { freePort } from '../support/free-port.ts'
import { httpRequest } from '../support/http-request.ts'
import { reportFigure } from '../support/report-figure.ts'
import { runCli } from '../support/run-cli.ts'
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts'

/** `npm run test:soak` also locks the stores, which the hub waits five seconds for, at each question. */
const locksStores = process.env['LOCKED_STORES'] === 'yes'

const megabytes = { disk: 128, reserve: 32 }

const paths = ['/livez', '/startupz', '/readyz', '/readyz/ingest', '/readyz/sync'] as const

/** What each of `paths` answers; 0: nobody listens. */
type States = readonly number[]
const well: States = [200, 200, 200, 200, 200]
const noSyncs: States = [200, 200, 503, 200, 503]
const noEvents: States = [200, 200, 503, 503, 200]
const neither: States = [200, 200, 503, 503, 503]
const away: States = [0, 0, 0, 0, 0]

const ask = (url: string): Promise<States> =>
  Promise.all(
    paths.map((path) =>
      httpRequest(`${url}${path}`).then(
        ({ status }) => status,
        () => 0,
      ),
    ),
  )

const countWrong = (found: States, expected: States): number =>
  found.filter((status, index) => status !== expected[index]).length

interface Bench {
  readonly served: ServedHub
  readonly disk: SmallDisk
  readonly stopping: AbortController
}

interface Planted {
  readonly name: string
  readonly expected: States
  /** Gives what takes it away again; nothing where only a restart does. */
  readonly plant: (bench: Bench) => Promise<(() => unknown) | undefined>
}

/** Does something that does not end before it is told to. */
function hold(begin: (work: () => Promise<void>) => Promise<unknown>): Promise<() => Promise<unknown>> {
  return new Promise((holding, failed) => {
    const gate = Promise.withResolvers<void>()
    const ended = begin(() => {
      holding(() => {
        gate.resolve()
        return ended
      })
      return gate.promise
    })
    ended.catch(failed)
  })
}

/** Somebody else writes in a store and does not come to an end. */
function lock(path: string): () => void {
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  return () => other.close()
}

const faults: readonly Planted[] = [
  {
    name: 'low room',
    expected: noSyncs,
    plant({ disk }) {
      disk.fill(disk.freeMegabytes() - megabytes.reserve / 2)
      return Promise.resolve(() => disk.free())
    },
  },
  {
    name: 'no room',
    expected: neither,
    plant({ disk }) {
      disk.fillUp()
      return Promise.resolve(() => disk.free())
    },
  },
  {
    name: 'no key',
    expected: noSyncs,
    plant({ served }) {
      const { secretKey } = dataPaths(served.folder)
      renameSync(secretKey, `${secretKey}.away`)
      return Promise.resolve(() => renameSync(`${secretKey}.away`, secretKey))
    },
  },
  {
    name: 'a warehouse that is closed for long',
    expected: noSyncs,
    plant: ({ served }) => hold((work) => served.hub.duckdb.whileClosed(work)),
  },
  {
    name: 'a drain that is stuck',
    expected: well,
    async plant({ served }) {
      const release = await hold((work) => served.hub.duckdb.transaction(work))
      const body = Buffer.from(JSON.stringify({ event: 'Order Completed', userId: 'u1', messageId: 'm' }))
      served.hub.events.keep([{ route: 'track', source: 'site', receivedAt: Date.now(), retries: 0, body }])
      const drained = served.current.open().eventDrain.drain()
      return async () => {
        await release()
        await drained
      }
    },
  },
  {
    name: 'a platform that is down',
    expected: well,
    async plant({ served }) {
      const manifest = {
        kind: 'connection',
        version: 1,
        name: 'crm',
        connector: 'hubspot',
        config: { base_url: `http://127.0.0.1:${await freePort()}`, access_token: '${env:TOKEN}' },
      }
      writeFileSync(join(served.folder, 'manifests', 'crm.json'), JSON.stringify(manifest))
      const cli = (...words: string[]) =>
        runCli([...words, '--workspace', served.folder], { env: { TOKEN: 'pat-eu1-token' } })
      expect(await cli('apply', '--yes')).toMatchObject({ code: 0 })
      const tested = cli('connections', 'test', 'crm')
      return async () => expect((await tested).code).not.toBe(0)
    },
  },
  ...(locksStores
    ? [
        {
          name: 'a control store that is locked',
          expected: neither,
          plant: ({ served }: Bench) => Promise.resolve(lock(dataPaths(served.folder).control)),
        },
        {
          name: 'an event spool that is locked',
          expected: noEvents,
          plant: ({ served }: Bench) => Promise.resolve(lock(dataPaths(served.folder).events)),
        },
      ]
    : []),
  {
    name: 'a warehouse that ended',
    expected: noSyncs,
    plant: ({ served }) => served.hub.duckdb.end().then(() => undefined),
  },
  {
    name: 'a stop that was asked for',
    expected: neither,
    plant({ stopping }) {
      stopping.abort()
      return Promise.resolve(undefined)
    },
  },
]

interface Start extends Omit<Bench, 'served'> {
  readonly port: number
  readonly clock: Clock
}

async function startOn({ disk, port, stopping: { signal: stopping }, clock }: Start): Promise<ServedHub> {
  const space = createSpaceGuard({ folder: disk.path, reserveMb: megabytes.reserve, clock })
  const alerts = { email: undefined, slackUrl: undefined, webhook: undefined }
  return aServedHub({
    within: disk.path,
    port,
    env: { AFFLUENT_PRIVATE_NETWORKS: '127.0.0.1', TOKEN: 'pat-eu1-token' },
    operation: { space, alerts, translator: createTranslator('en'), everyMs: undefined, stopping },
  })
}

/** Plants each fault, and takes it away where that can be done; then closes the hub. */
async function plantAll(
  bench: Bench,
  compare: (name: string, expected: States) => Promise<void>,
): Promise<void> {
  try {
    for (const { name, expected, plant } of faults) {
      const heal = await plant(bench)
      await compare(name, expected)
      await heal?.()
      if (heal) await compare(`after ${name}`, well)
    }
  } finally {
    await bench.served.close()
  }
}

const disk = mountSmallDisk(megabytes.disk)

describe.runIf(disk)('the health of a hub, asked over HTTP', () => {
  it('U07: follows what each part rests on, and never calls for a restart that would not help', async (context) => {
    if (!disk) throw new Error('a small disk can be mounted by root alone')
    const wrong: string[] = []
    let asked = 0
    const compare = async (name: string, expected: States): Promise<void> => {
      // The hub looks at its disk once a second, by this clock.
      clock.advance(2_000)
      const found = await ask(url)
      asked += expected.length
      const count = countWrong(found, expected)
      for (let each = 0; each < count; each += 1)
        wrong.push(`${name}: ${found.join()} and not ${expected.join()}`)
    }
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const stopping = new AbortController()
    const clock = createFixedClock('2026-11-22T06:00:00Z')
    try {
      const starting = startOn({ disk, port, stopping, clock })
      await compare('starting', away)
      const served = await starting
      await compare('started', well)
      await plantAll({ served, disk, stopping }, compare)
      await compare('stopped', away)
    } finally {
      disk.remove()
    }
    reportFigure(context, {
      check: 'U07',
      claim: `wrong states of the health endpoints under ${faults.length} faults, at the start and at the stop`,
      value: wrong.length,
      of: asked,
      target: '0',
    })
    expect(wrong).toEqual([])
  })
})
