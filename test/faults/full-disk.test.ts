import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { toAffluentError } from '../../core/errors/affluent-error.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { EventSpool } from '../../core/port/event-spool.ts'
import { readHealth, type ReadinessCheck } from '../../hub-server/api/health.ts'
import { createApp } from '../../hub-server/http/create-app.ts'
import { startServer } from '../../hub-server/http/start-server.ts'
import { openEventSpool } from '../../hub-server/intake/event-spool.ts'
import { createKeyRing } from '../../hub-server/intake/key-ring.ts'
import { createEventReceiver } from '../../hub-server/intake/receive-events.ts'
import { systemClock } from '../../hub-server/net/system-clock.ts'
import { createHealthChecks } from '../../hub-server/operation/health-checks.ts'
import { createSpaceGuard } from '../../hub-server/operation/space-guard.ts'
import { openControlStore } from '../../hub-server/store/open-control-store.ts'
import { sha256 } from '../../hub-server/store/sha256.ts'
import { openDuckDb, type DuckDb } from '../../hub-server/warehouse/duckdb.ts'
import { aGate } from '../support/a-gate.ts'
import { createFixedClock, type FixedClock } from '../support/fixed-clock.ts'
import { reportFigure } from '../support/report-figure.ts'
import { sendAtRate } from '../support/send-at-rate.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts'

const disk = mountSmallDisk(24)
const isReason = 'a small disk can be mounted by root alone, and not in every container'

afterAll(() => disk?.remove())

interface Stores {
  readonly disk: SmallDisk
  readonly clock: FixedClock
  readonly control: ControlStore
  readonly events: EventSpool
  readonly duckdb: DuckDb
  readonly checks: readonly ReadinessCheck[]
  readonly keyFile: string
}

/** The stores of a hub on the small disk, with its checks; the disk is empty again afterwards. */
async function onSmallDisk(work: (stores: Stores) => Promise<void>): Promise<void> {
  if (!disk) throw new Error(isReason)
  const clock = createFixedClock('2026-11-22T06:00:00Z')
  const at = (name: string): string => join(disk.path, name)
  const control = await openControlStore(at('control.sqlite'), clock)
  const events = openEventSpool(at('events.sqlite'))
  const duckdb = await openDuckDb({ path: ':memory:', memoryLimitMb: 100, threads: 1 })
  await duckdb.run('CREATE TABLE profile (profile_id BIGINT)')
  const keyFile = at('secret.key')
  writeFileSync(keyFile, 'key')
  const space = createSpaceGuard({ folder: disk.path, reserveMb: 8, clock })
  const checks = createHealthChecks({ control, duckdb, events, space, clock, ownKeyFile: keyFile })
  try {
    await work({ disk, clock, control, events, duckdb, checks, keyFile })
  } finally {
    disk.free()
    closeOnce(events)
    duckdb.close()
    await control.close()
    for (const name of ['control.sqlite', 'events.sqlite'])
      for (const end of ['', '-wal', '-shm']) rmSync(at(`${name}${end}`), { force: true })
    rmSync(at('audit-head.json'), { force: true })
  }
}

/** One of the faults is a spool that is closed already. */
function closeOnce(events: EventSpool): void {
  try {
    events.probe()
    events.close()
  } catch (error) {
    if (toAffluentError(error, 'test').code !== 'internal.unexpected') throw error
  }
}

interface Intake extends AsyncDisposable {
  readonly url: string
  readonly key: string
}

/** Takes events into the spool on the small disk. */
async function startIntake({ control, events, clock }: Stores): Promise<Intake> {
  const key = 'wk_full_disk'
  await control.addWriteKey(sha256(key), { source: 'site', createdAt: clock.now(), createdBy: 'test' })
  const findSource = createKeyRing(control, clock)
  const receive = createEventReceiver({
    findSource,
    spool: events,
    onKept: () => undefined,
    clock,
    logger: silentLogger,
  })
  const app = createApp({
    routes: [],
    gate: aGate(control, clock),
    readiness: [],
    host: '127.0.0.1',
    webhooks: undefined,
    events: { receive, knows: async (named) => (await findSource(named)) !== undefined },
    logger: silentLogger,
  })
  const server = await startServer({ app, port: 0, clock: systemClock })
  return { url: server.url, key, [Symbol.asyncDispose]: () => server.close() }
}

/** Message ids in the spool's file, as somebody else reads it. */
function storedIds({ disk: { path } }: Stores): Set<string> {
  const database = new DatabaseSync(join(path, 'events.sqlite'), { readOnly: true })
  const rows = database.prepare("SELECT CAST(body AS TEXT) ->> 'messageId' AS id FROM call").all()
  database.close()
  return new Set(rows.map(({ id }) => String(id)))
}

const ready = async ({ checks, clock }: Pick<Stores, 'checks' | 'clock'>) => {
  // The guard looks at the disk once a second.
  clock.advance(2_000)
  const { ready: parts } = await readHealth(checks)
  return parts
}

/** By the clock of the hub, which looks at its disk as it does when it serves. */
async function secondsUntilReady({ checks, clock }: Stores): Promise<number> {
  for (let quarters = 0; quarters <= 240; quarters += 1) {
    const { ready: parts } = await readHealth(checks)
    if (parts.ingest && parts.sync) return quarters / 4
    clock.advance(250)
  }
  return Number.POSITIVE_INFINITY
}

describe.runIf(disk)(`a disk that fills up (skipped where ${isReason})`, () => {
  it('R14: nothing acknowledged is lost when it fills under the control store, which then is not ready, and recovers', async (context) =>
    onSmallDisk(async (stores) => {
      const { control } = stores
      stores.disk.fill(16)
      let acknowledged = 0
      let refusal: string | undefined
      for (let number = 0; refusal === undefined && number < 5_000; number += 1) {
        const signals = Array.from({ length: 20 }, (_, index) => ({
          connection: 'crm',
          signal: {
            id: `${number}-${index}`,
            kind: 'changed' as const,
            externalId: 'x'.repeat(200),
            occurredAt: 0,
          },
        }))
        try {
          await control.keepSignals(signals)
          acknowledged += signals.length
        } catch (error) {
          refusal = toAffluentError(error, 'test').code
        }
      }
      expect(refusal).toBe('store.disk_full')
      stores.disk.fillUp()
      expect(await ready(stores)).toEqual({ ingest: false, sync: false })
      const receive = createEventReceiver({
        findSource: () => Promise.resolve('site'),
        spool: stores.events,
        onKept: () => undefined,
        clock: stores.clock,
        logger: silentLogger,
      })
      const body = Buffer.from(JSON.stringify({ event: 'open', userId: 'x'.repeat(4_000) }))
      const send = (): Promise<unknown> => receive({ route: 'track', key: 'k', retries: 0, body })
      await expect(send()).rejects.toMatchObject({ code: 'intake.unavailable', rule: { http: 503 } })
      stores.disk.free()
      const seconds = await secondsUntilReady(stores)
      expect(await ready(stores)).toEqual({ ingest: true, sync: true })
      await send()
      reportFigure(context, {
        check: 'R14',
        claim: 'time until a hub whose disk was full is ready again by itself',
        value: seconds,
        unit: 's',
        target: '≤ 2',
      })
      expect(seconds).toBeLessThanOrEqual(2)
      const kept = (await control.waitingSignals(1_000_000)).length
      reportFigure(context, {
        check: 'R14',
        claim: 'acknowledged signals lost by a full disk',
        value: acknowledged - kept,
        of: acknowledged,
        target: '0',
      })
      expect(kept).toBe(acknowledged)
    }))

  it('R15: of 1,000 events a second each that was acknowledged is stored, each other is answered 503 and not stored', async (context) =>
    onSmallDisk(async (stores) => {
      await using intake = await startIntake(stores)
      stores.disk.fill(18)
      const seconds = 4
      const { answers, perSecond } = await sendAtRate({
        url: intake.url,
        key: intake.key,
        perSecond: 1_000,
        seconds,
        onSecond: (second) => void (second === seconds - 1 && stores.disk.free()),
      })
      const acknowledged = new Set([...answers].flatMap(([id, status]) => (status === 200 ? [id] : [])))
      const stored = storedIds(stores)
      expect(new Set(answers.values())).toEqual(new Set([200, 503]))
      // It took events again once there was room.
      expect(acknowledged).toContain(`event-${answers.size - 1}`)
      const lost = acknowledged.difference(stored).size
      const kept = stored.difference(acknowledged).size
      const figures = [
        ['acknowledged events not stored on a disk that filled up', lost, acknowledged.size],
        ['refused events stored on a disk that filled up', kept, answers.size - acknowledged.size],
      ] as const
      for (const [claim, value, of] of figures)
        reportFigure(context, { check: 'R15', claim, value, of, target: '0' })
      reportFigure(context, {
        check: 'R15',
        claim: 'events sent to a disk that filled up',
        value: perSecond,
        unit: '/s',
        target: '≥ 900',
      })
      expect([lost, kept]).toEqual([0, 0])
    }))

  it('R16: syncs pause before events are refused', async (context) =>
    onSmallDisk(async (stores) => {
      const order: string[] = []
      const seen = { sync: true, ingest: true }
      for (let step = 0; step < 48; step += 1) {
        const { bavail, bsize } = statfsSync(stores.disk.path)
        if (bavail * bsize < 1024 ** 2) break
        stores.disk.fill(0.5)
        const parts = await ready(stores)
        for (const part of ['sync', 'ingest'] as const)
          if (seen[part] && !parts[part]) {
            order.push(part)
            seen[part] = false
          }
      }
      reportFigure(context, {
        check: 'R16',
        claim: 'place of the pause of syncs in the order of pausing',
        value: order.indexOf('sync') + 1,
        of: order.length,
        target: '1',
      })
      expect(order).toEqual(['sync', 'ingest'])
    }))
})
