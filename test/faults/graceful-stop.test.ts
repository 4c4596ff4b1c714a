import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { syncPhases, type SyncPhase } from '../../core/sync/phase.ts'
import { afterGrace } from '../../hub-server/cli/after-grace.ts'
import { openEventSpool } from '../../hub-server/intake/event-spool.ts'
import { runCycle } from '../../hub-server/worker/run-cycle.ts'
import { aCycleBench, aCycleWorkspace, shopPeople } from '../support/a-cycle.ts'
import { createFixedClock, type FixedClock } from '../support/fixed-clock.ts'
import { createLedgerConnector } from '../support/ledger-connector.ts'
import { startLedgerPlatform, type LedgerPlatform } from '../support/ledger-platform.ts'
import { reportFigure } from '../support/report-figure.ts'

const queued = Number(process.env['QUEUED_EVENTS'] ?? 20_000)

let clock: FixedClock
let platform: LedgerPlatform

beforeEach(async () => {
  clock = createFixedClock('2026-11-22T06:00:00Z', { autoAdvance: true })
  platform = await startLedgerPlatform(clock)
})
afterEach(() => platform.close())

/** Stops a cycle as SIGTERM does, in a phase, and starts the hub again. Gives what was left open, and sent twice. */
async function stopAt(phase: SyncPhase): Promise<{ ambiguous: number; wrong: number; isClean: boolean }> {
  const workspace = aCycleWorkspace(platform.url, [{ name: 'crm', url: platform.url }])
  const stop = new AbortController()
  const bench = await aCycleBench({
    clock,
    workspace,
    connectors: [createLedgerConnector()],
    signal: afterGrace(stop.signal, 10_000),
  })
  const run = (signal: AbortSignal) =>
    runCycle(
      { ...bench, reach: (reached) => void (reached === phase && stop.abort()) },
      { workspace, asOf: clock.now(), actor: 'test', signal, onEvent: () => undefined },
    )
  try {
    const ended: unknown = await run(stop.signal).catch((error: unknown) => error)
    const isClean =
      !(ended instanceof Error) || (ended instanceof AffluentError && ended.code === 'run.aborted')
    const runs = await bench.control.runs()
    const batches = (await Promise.all(runs.map(({ id }) => bench.control.batches(id)))).flat()
    const ambiguous = batches.filter(({ state }) => state === 'sending' || state === 'ambiguous').length
    await run(new AbortController().signal)
    const wanted = platform.people.map(({ email }) => email).sort()
    const held = platform.members('Subscribers')
    const sent = platform.ledger.flatMap(({ operation, members }) => (operation === 'add' ? members : []))
    const twice = sent.length - new Set(sent).size
    return { ambiguous, isClean, wrong: twice + new Set(held).symmetricDifference(new Set(wanted)).size }
  } finally {
    await bench.close()
  }
}

describe('a hub that is asked to stop', () => {
  it('R04: ends in each phase with what was on its way settled, and goes on as if nothing had been', async (context) => {
    let ambiguous = 0
    let wrong = 0
    let dirty = 0
    for (const phase of syncPhases) {
      await platform.close()
      platform = await startLedgerPlatform(clock)
      platform.people.push(...shopPeople(1, 30))
      const stopped = await stopAt(phase)
      ambiguous += stopped.ambiguous
      wrong += stopped.wrong
      dirty += Number(!stopped.isClean)
    }
    for (const [claim, value] of [
      ['batches left without their answer by a stop', ambiguous],
      ['members lost or sent twice by a stop', wrong],
      ['stops that ended with an error', dirty],
    ] as const)
      reportFigure(context, { check: 'R04', claim, value, of: syncPhases.length, target: '0' })
    expect([ambiguous, wrong, dirty]).toEqual([0, 0, 0])
  })
})

describe('a hub that starts with a backlog', () => {
  it('W19: takes events before it has looked at those that wait', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'affluent-backlog-'))
    try {
      const path = join(folder, 'events.sqlite')
      const body = Buffer.from(JSON.stringify({ event: 'Order Completed', userId: 'u1', messageId: 'm' }))
      const first = openEventSpool(path)
      const call = { route: 'track', source: 'site', receivedAt: clock.now(), retries: 0, body }
      for (let left = queued; left > 0; left -= 5_000)
        first.keep(Array.from({ length: Math.min(5_000, left) }, () => call))
      first.close()
      const startedAt = performance.now()
      const second = openEventSpool(path)
      second.keep([call])
      const seconds = (performance.now() - startedAt) / 1000
      const waiting = second.waitingBytes() / body.byteLength
      second.close()
      reportFigure(context, {
        check: 'W19',
        claim: `time until the first new event is kept, with ${queued} that wait`,
        value: Math.round(seconds * 1000),
        unit: 'ms',
        target: '≤ 10000',
      })
      expect(waiting).toBe(queued + 1)
      expect(seconds).toBeLessThan(10)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
