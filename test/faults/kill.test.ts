import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { syncPhases } from '../../core/sync/phase.ts'
import { systemClock } from '../../hub-server/net/system-clock.ts'
import { openControlStore } from '../../hub-server/store/open-control-store.ts'
import type { CycleReport } from '../../hub-server/worker/run-cycle.ts'
import { shopPeople } from '../support/a-cycle.ts'
import { startLedgerPlatform, type LedgerPlatform } from '../support/ledger-platform.ts'
import { startProcess } from '../support/start-process.ts'

/**
 * A cycle runs in a process of its own and is killed with SIGKILL; the platform lives here and survives. Whatever the moment, a
 * restart must end with exactly the members of the segment, nothing lost, and nothing sent twice beyond the one batch that was on
 * its way when the process died.
 */
let platform: LedgerPlatform
let folder: string

beforeEach(async () => {
  platform = await startLedgerPlatform(systemClock)
  folder = await mkdtemp(join(tmpdir(), 'affluent-kill-'))
})
afterEach(async () => {
  await platform.close()
  await rm(folder, { recursive: true, force: true })
})

/** Runs one cycle; kills it at a phase or after some milliseconds. Returns its report, or undefined when it died. */
async function runUntil(kill: { at?: string; afterMs?: number }): Promise<CycleReport | undefined> {
  const order = { folder, url: platform.url, ...(kill.at !== undefined && { killAt: kill.at }) }
  const child = startProcess('run-cycle.ts', JSON.stringify(order))
  if ((await child.line()) !== 'started') return undefined
  if (kill.afterMs === undefined) return parse(await child.line())
  const { afterMs } = kill
  const [report] = await Promise.all([child.line(), wait(afterMs).then(() => child.kill())])
  return parse(report)
}

const parse = (line: string | null): CycleReport | undefined =>
  line === null ? undefined : (JSON.parse(line) as CycleReport)

const subscribers = (): string[] =>
  platform.people.filter((person) => person.consent === 'yes').map((person) => person.email)

interface Repetition {
  /** Records of one operation that were accepted more often than something asked for it. */
  readonly records: number
  /** Whole requests that repeat an earlier one, byte for byte. */
  readonly requests: number
  /** Such records in a request that repeats no earlier one: there must be none. */
  readonly outsideRepeatedRequests: number
}

function findRepetition(): Repetition {
  const done = new Map<string, string>()
  const earlier = new Set<string>()
  const found = { records: 0, requests: 0, outsideRepeatedRequests: 0 }
  for (const { operation, members } of platform.ledger) {
    const request = `${operation} ${members.join()}`
    const twice = members.filter((email) => done.get(email) === operation).length
    found.records += twice
    if (twice > 0 && earlier.has(request)) found.requests += 1
    else found.outsideRepeatedRequests += twice
    earlier.add(request)
    for (const email of members) done.set(email, operation)
  }
  return found
}

/** How often a batch was sent again because the process died before its outcomes were recorded. */
async function countResends(): Promise<number> {
  const control = await openControlStore(join(folder, 'control.sqlite'), systemClock)
  const runs = await control.runs()
  const batches = await Promise.all(runs.map((run) => control.batches(run.id)))
  await control.close()
  return batches.flat().reduce((sum, batch) => sum + Math.max(0, batch.attempts - 1), 0)
}

/** Changes every kind of thing at the source: people come, go, and withdraw their consent. */
function changeSource(round: number, extent: number): void {
  platform.people.splice(0, extent)
  for (const person of platform.people.slice(0, extent)) person.consent = 'no'
  platform.people.push(...shopPeople(1000 * (round + 1), 1000 * (round + 1) + 2 * extent))
}

function expectEqualToSegment(): void {
  expect(platform.members('Subscribers')).toEqual(subscribers().toSorted())
}

/** `npm run test:soak` kills far more often. */
const randomKills = Number(process.env['RANDOM_KILLS'] ?? 3)

describe('a cycle that is killed', () => {
  it.each(syncPhases)(
    'at "%s" is finished by the next one, with nothing lost and at most one batch sent twice',
    async (phase) => {
      platform.people.push(...shopPeople(1, 100))
      expect(await runUntil({ at: `${phase}:1` })).toBeUndefined()
      const report = await runUntil({})
      expect(report?.runs.every((run) => run.state === 'succeeded')).toBe(true)
      expectEqualToSegment()
      const requests = phase === 'sent' ? 1 : 0
      expect(findRepetition()).toEqual({ records: 20 * requests, requests, outsideRepeatedRequests: 0 })
    },
  )

  it(`at ${randomKills} random moments ends with exactly the members of the segment`, async () => {
    const seed = Date.now() % 1_000_000
    const random = seeded(seed)
    platform.people.push(...shopPeople(1, 400))
    let killed = 0
    for (let round = 0; killed < randomKills && round < 3 * randomKills; round += 1) {
      const report = await runUntil({ afterMs: Math.round(random() * 900) })
      // Few changes under a kill: what piles up over kills in a row must stay under the guard's share.
      changeSource(round, report ? 10 : 1)
      if (!report) killed += 1
    }
    // The first finishes an interrupted read, between whose halves rows moved; the second reads the source in one go.
    await runUntil({})
    const last = await runUntil({})
    const repetition = findRepetition()
    const resends = await countResends()
    const members = new Set(platform.members('Subscribers'))
    const lost = subscribers().filter((email) => !members.has(email))
    process.stdout.write(
      `seed ${seed}: ${killed} kills, ${lost.length} of ${subscribers().length} members lost, ${repetition.records} sent twice in ${repetition.requests} repeats of ${resends} ambiguous sendings\n`,
    )
    expect(last?.runs.every((run) => run.state === 'succeeded')).toBe(true)
    expectEqualToSegment()
    expect(killed).toBe(randomKills)
    expect(repetition.outsideRepeatedRequests).toBe(0)
    expect(repetition.requests).toBeLessThanOrEqual(resends)
  }, 300_000)
})

/** Numbers in [0, 1) that a seed brings back (mulberry32, public domain). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
