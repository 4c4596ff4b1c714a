import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { acquireWorkspaceLock, type WorkspaceLock } from '../../../hub-server/store/workspace-lock.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { startProcess, type StartedProcess } from '../../support/start-process.ts'

const clock = createFixedClock('2026-11-22T08:00:00Z')

/** `npm run test:soak` blocks for two minutes: longer than any lease that somebody may put beside the lock. */
const blockedSeconds = Number(process.env['BLOCKED_SECONDS'] ?? 1.5)

const nextTurn = (): Promise<false> => new Promise((resolve) => setImmediate(() => resolve(false)))

/** Keeps signals one by one until the other ended; how many were acknowledged. */
async function keepSignalsUntil(control: ControlStore, ended: Promise<unknown>): Promise<number> {
  const over = ended.then(() => true)
  let acknowledged = 0
  while (!(await Promise.race([over, nextTurn()]))) {
    const signal = { id: String(acknowledged), kind: 'changed', externalId: '1', occurredAt: 0 } as const
    await control.keepSignals([{ connection: 'crm', signal }])
    acknowledged += 1
  }
  return acknowledged
}

/** Collects whatever nobody can reach, and lets finalisers run. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  for (let round = 0; round < 3; round += 1) {
    if (typeof collect === 'function') collect()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('acquireWorkspaceLock', () => {
  let folder: string
  let started: StartedProcess[]
  let locks: WorkspaceLock[]

  const acquire = (): WorkspaceLock => {
    const lock = acquireWorkspaceLock(folder, { purpose: 'apply', clock })
    locks.push(lock)
    return lock
  }
  const refusal = (): AffluentError => {
    try {
      acquire()
    } catch (error) {
      if (error instanceof AffluentError) return error
      throw error
    }
    throw new Error('the lock was given a second time')
  }
  const holder = async (then?: string): Promise<StartedProcess> => {
    const child = startProcess('hold-lock.ts', folder, ...(then ? [then] : []))
    started.push(child)
    expect(await child.line()).toMatch(/^held/)
    return child
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'affluent-lock-'))
    started = []
    locks = []
  })
  afterEach(async () => {
    for (const child of started) await child.kill()
    for (const lock of locks) lock.release()
    await rm(folder, { recursive: true })
  })

  it('R09: tells a second process who holds the folder, and ends it with exit code 75 within five seconds', async (context) => {
    acquire().announce('http://127.0.0.1:4000')
    const control = await openControlStore(join(folder, 'control.sqlite'), clock)
    const begin = performance.now()
    const second = startProcess('hold-lock.ts', folder)
    started.push(second)
    // The first one goes on acknowledging meanwhile.
    const writing = keepSignalsUntil(control, second.exitCode())
    expect(JSON.parse((await second.line()) ?? '')).toMatchObject({
      code: 'store.locked',
      pid: process.pid,
      since: '2026-11-22T08:00:00.000Z',
      purpose: 'apply',
      address: 'http://127.0.0.1:4000',
    })
    const exitCode = await second.exitCode()
    const seconds = (performance.now() - begin) / 1000
    const acknowledged = await writing
    const kept = (await control.waitingSignals(1_000_000)).length
    await control.close()
    reportFigure(context, {
      check: 'R09',
      claim: 'acknowledged rows of the holder lost by a second start',
      value: acknowledged - kept,
      of: acknowledged,
      target: '0',
    })
    reportFigure(context, {
      check: 'R09',
      claim: 'time until the second start ended',
      value: Math.round(seconds * 10) / 10,
      unit: 's',
      target: '< 5 on a quiet machine',
    })
    expect([acknowledged > 0, kept]).toEqual([true, acknowledged])
    reportFigure(context, {
      check: 'R09',
      claim: 'second starts on a folder that is held',
      value: Number(exitCode !== 75),
      target: '0',
    })
    expect(exitCode).toBe(75)
  })

  it('refuses 10 processes that try at once while one holds it', async () => {
    await holder()
    const others = Array.from({ length: 10 }, () => startProcess('hold-lock.ts', folder))
    started.push(...others)
    const codes = await Promise.all(others.map((other) => other.exitCode()))
    expect(codes).toEqual(Array.from({ length: 10 }, () => 75))
  })

  it('gives the folder to exactly one of several processes that start together', async () => {
    const all = Array.from({ length: 6 }, () => startProcess('hold-lock.ts', folder))
    started.push(...all)
    const lines = await Promise.all(all.map((one) => one.line()))
    expect(lines.filter((line) => line === 'held')).toHaveLength(1)
  })

  it('is kept although nobody remembers it any more: a collection of garbage does not let go of it', async () => {
    acquireWorkspaceLock(folder, { purpose: 'serve', clock })
    await collectGarbage()
    expect(refusal().code).toBe('store.locked')
  })

  it('is free at once when the holder was killed, and the side file it left does not matter', async () => {
    const first = await holder()
    expect(refusal().params).toMatchObject({ pid: first.pid, purpose: 'serve' })
    await first.kill()
    acquire()
    expect(JSON.parse(await readFile(join(folder, 'lock-holder.json'), 'utf8'))).toMatchObject({
      pid: process.pid,
    })
  })

  it('R11: is free when the killed holder’s process number now belongs to an unrelated live process', async (context) => {
    const first = await holder()
    await first.kill()
    const left = JSON.parse(await readFile(join(folder, 'lock-holder.json'), 'utf8')) as object
    await writeFile(join(folder, 'lock-holder.json'), JSON.stringify({ ...left, pid: process.ppid }))
    let blocks = 0
    try {
      acquire()
    } catch {
      blocks = 1
    }
    reportFigure(context, {
      check: 'R11',
      claim: 'false blocks by a reused process number',
      value: blocks,
      target: '0',
    })
    expect(blocks).toBe(0)
  })

  it('R11: is not stolen from a live holder, although the note names a process that is gone or another one', async (context) => {
    const gone = await holder()
    await gone.kill()
    const first = await holder()
    const note = join(folder, 'lock-holder.json')
    const left = JSON.parse(await readFile(note, 'utf8'))
    let steals = 0
    for (const pid of [gone.pid, process.pid, process.ppid, 1]) {
      await writeFile(note, JSON.stringify({ ...left, pid }))
      if (refusal().code !== 'store.locked') steals += 1
    }
    reportFigure(context, {
      check: 'R11',
      claim: 'false steals from a live holder whose note names another process',
      value: steals,
      of: 4,
      target: '0',
    })
    expect([steals, first.pid === gone.pid]).toEqual([0, false])
  })

  it('is not stolen from a holder that is stopped', async () => {
    const first = await holder()
    first.signal('SIGSTOP')
    expect(refusal()).toMatchObject({ code: 'store.locked', params: { pid: first.pid } })
    first.signal('SIGCONT')
    expect(refusal()).toMatchObject({ code: 'store.locked', params: { pid: first.pid } })
  })

  it(`R10: is not stolen from a holder whose event loop is blocked for ${blockedSeconds} s while others start`, async (context) => {
    const first = await holder(`block:${blockedSeconds}`)
    const turns = first.line()
    const over = turns.then(() => true)
    const codes: (number | null)[] = []
    while (!(await Promise.race([over, nextTurn()]))) {
      const second = startProcess('hold-lock.ts', folder)
      started.push(second)
      codes.push(await second.exitCode())
    }
    const steals = codes.filter((code) => code !== 75).length
    reportFigure(context, {
      check: 'R10',
      claim: `locks stolen by processes that start while the holder's event loop is blocked for ${blockedSeconds} s`,
      value: steals,
      of: codes.length,
      target: '0',
    })
    expect(codes.length).toBeGreaterThan(0)
    expect(steals).toBe(0)
    expect(await turns).toBe('turns')
    expect(refusal()).toMatchObject({ code: 'store.locked', params: { pid: first.pid } })
  })

  it('is not kept by a child process that outlives the killed holder', async () => {
    const first = startProcess('hold-lock.ts', folder, 'child')
    started.push(first)
    const orphan = Number((await first.line())?.replace('held ', ''))
    await first.kill()
    try {
      expect(acquire).not.toThrow()
      expect(() => process.kill(orphan, 0)).not.toThrow()
    } finally {
      process.kill(orphan, 'SIGKILL')
    }
  })

  it.each([
    ['no side file', null],
    ['an empty one', ''],
    ['a garbled one', '{"pid":'],
    ['a foreign one', '[]'],
  ])('still refuses with %s, and says that the holder is unknown', async (_name, text) => {
    await holder()
    const file = join(folder, 'lock-holder.json')
    await (text === null ? rm(file) : writeFile(file, text))
    expect(refusal()).toMatchObject({ code: 'store.locked', params: { pid: 'unknown' } })
  })

  it('refuses a second taking in the same process and keeps the first', async () => {
    acquire()
    expect(refusal().params).toMatchObject({ pid: process.pid })
    const second = startProcess('hold-lock.ts', folder)
    started.push(second)
    expect(await second.exitCode()).toBe(75)
  })

  it('can be taken again after its release, which may be repeated', () => {
    const first = acquire()
    first.release()
    acquire()
    first.release()
    expect(refusal().code).toBe('store.locked')
  })

  it('makes the folder, for its owner alone', async () => {
    const parent = folder
    folder = join(parent, 'deep', 'data')
    acquire()
    expect(refusal().code).toBe('store.locked')
    folder = parent
  })
})
