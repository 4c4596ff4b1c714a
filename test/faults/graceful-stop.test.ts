import { describe, expect, it } from 'vitest'
import { syncPhases, type SyncPhase } from '../../core/sync/phase.ts'
import { dataPaths } from '../../hub-server/data-paths.ts'
import { systemClock } from '../../hub-server/net/system-clock.ts'
import { openControlStore } from '../../hub-server/store/open-control-store.ts'
import { aCycleManifests, shopPeople } from '../support/a-cycle.ts'
import { startLedgerPlatform } from '../support/ledger-platform.ts'
import { reportFigure } from '../support/report-figure.ts'
import { startCli } from '../support/run-cli.ts'
import { createWorkspaceFolder } from '../support/workspace-folder.ts'

/** `npm run test:soak` stops in each phase; here, while a batch is on its way. */
const stoppedPhases = process.env['STOPPED_PHASES'] === 'all' ? syncPhases : (['intent_written'] as const)

const preload = new URL('../support/processes/stop-at-phase.ts', import.meta.url)

/** A command in a process of its own, as a person starts it; it stops itself with SIGTERM at a phase. */
const start = (folder: string, words: readonly string[], stopAt?: SyncPhase) =>
  startCli([...words, '--workspace', folder], {
    env: { NODE_OPTIONS: `--import=${preload.href}`, ...(stopAt && { STOP_AT: stopAt }) },
  })

async function succeed(folder: string, ...words: string[]): Promise<void> {
  const { code, err } = await start(folder, words).ended()
  if (code !== 0) throw new Error(err)
}

interface Stop {
  readonly code: number | null
  readonly seconds: number
  /** Batches without their answer. */
  readonly ambiguous: number
  /** Members lost, or sent twice, once the next cycle ended. */
  readonly wrong: number
}

/** `affluent serve` gets SIGTERM in a phase of its first cycle; then `affluent run` goes on with it. */
async function stopAt(phase: SyncPhase): Promise<Stop> {
  const platform = await startLedgerPlatform(systemClock)
  platform.people.push(...shopPeople(1, 250))
  const files = aCycleManifests(platform.url, [{ name: 'crm', url: platform.url }])
  await using workspace = await createWorkspaceFolder(
    Object.fromEntries(files.map((manifest, number) => [`manifests/${number}.json`, manifest])),
  )
  const { path } = workspace
  try {
    await succeed(path, 'apply', '--yes')
    const { code, seconds } = await serveUntil(phase, path)
    const ambiguous = await countAmbiguous(path)
    await succeed(path, 'run')
    const wanted = platform.people.map(({ email }) => email)
    const sent = platform.ledger.flatMap(({ operation, members }) => (operation === 'add' ? members : []))
    const twice = sent.length - new Set(sent).size
    const wrong = twice + new Set(platform.members('Subscribers')).symmetricDifference(new Set(wanted)).size
    return { code, seconds, ambiguous, wrong }
  } finally {
    await platform.close()
  }
}

/** One that does not end is killed after three times the time it may take. */
async function serveUntil(phase: SyncPhase, folder: string): Promise<Pick<Stop, 'code' | 'seconds'>> {
  const hub = start(folder, ['serve', '--port', '0', '--every', '60'], phase)
  await hub.seen(/^told$/m)
  const toldAt = performance.now()
  const hanging = setTimeout(() => hub.child.kill('SIGKILL'), 30_000)
  const { code } = await hub.ended()
  clearTimeout(hanging)
  return { code, seconds: (performance.now() - toldAt) / 1000 }
}

async function countAmbiguous(folder: string): Promise<number> {
  const control = await openControlStore(dataPaths(folder).control, systemClock)
  try {
    const runs = await control.runs()
    const batches = (await Promise.all(runs.map(({ id }) => control.batches(id)))).flat()
    return batches.filter(({ state }) => state === 'sending' || state === 'ambiguous').length
  } finally {
    await control.close()
  }
}

describe('a hub that is asked to stop', () => {
  it('R04: exits with 0 in each phase, with what was on its way settled, and goes on as if nothing had been', async (context) => {
    const stops: Stop[] = []
    for (const phase of stoppedPhases) stops.push(await stopAt(phase))
    const sum = (of: (stop: Stop) => number): number => stops.reduce((total, stop) => total + of(stop), 0)
    const figures = [
      ['batches left without their answer by SIGTERM', sum(({ ambiguous }) => ambiguous)],
      ['members lost or sent twice by SIGTERM', sum(({ wrong }) => wrong)],
      ['processes that did not exit with 0 at SIGTERM', sum(({ code }) => Number(code !== 0))],
    ] as const
    for (const [claim, value] of figures)
      reportFigure(context, { check: 'R04', claim, value, of: stops.length, target: '0' })
    const slowest = Math.max(...stops.map(({ seconds }) => seconds))
    reportFigure(context, {
      check: 'R04',
      claim: 'longest time from SIGTERM to the exit of the process',
      value: Math.round(slowest * 100) / 100,
      unit: 's',
      target: '≤ 10',
    })
    expect(figures.map(([, value]) => value)).toEqual([0, 0, 0])
    expect(slowest).toBeLessThanOrEqual(10)
  }, 600_000)
})
