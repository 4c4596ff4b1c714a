import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { EndedRun } from '../../../core/sync/cycle-event.ts'
import { people, putMembers } from '../../support/a-delivery-workspace.ts'
import { aDeliveryBench, audienceName, type DeliveryBench } from '../../support/a-delivery.ts'

let bench: DeliveryBench
beforeEach(async () => {
  bench = await aDeliveryBench()
})
afterEach(() => bench.close())

const emails = (ids: readonly number[]): string[] => ids.map((id) => `p${id}@example.com`).sort()
const ids = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

/** An aborted delivery throws by contract; the run that it leaves is looked at afterwards. */
function ignoreAbort(error: unknown): void {
  if (!(error instanceof AffluentError) || error.code !== 'run.aborted') throw error
}

/** Throws at a phase, as a crash would end the work there, and leaves the run `running`. */
async function crashAt(phase: string, visit = 1): Promise<void> {
  let left = visit
  const abort = new AbortController()
  const crash = new AffluentError('run.aborted', { sync: 'big-to-crm' })
  await expect(
    bench.deliver({
      signal: abort.signal,
      reach: (reached) => {
        if (reached === phase) left -= 1
        if (reached !== phase || left !== 0) return
        abort.abort()
        throw crash
      },
    }),
  ).rejects.toBe(crash)
}

async function resume(): Promise<EndedRun> {
  const [run] = await bench.control.runs({ state: 'running' })
  return bench.deliver(run ? { run } : {})
}

describe('a killed delivery', () => {
  it.each(['planned', 'batches_created', 'intent_written', 'sent', 'recorded', 'confirmed'])(
    'goes on after it died at "%s", with the same batches, and ends with the right members',
    async (phase) => {
      await putMembers(bench.duckdb, people(35))
      await crashAt(phase, phase === 'planned' || phase === 'batches_created' ? 1 : 2)
      const [dead] = await bench.control.runs({ state: 'running' })
      const batches = await bench.control.batches(dead?.id ?? '')
      const run = await resume()
      expect(run).toMatchObject({
        runId: dead?.id,
        state: 'succeeded',
        counters: { planned: 35, pending: 0 },
      })
      const after = await bench.control.batches(run.runId)
      expect(after.slice(0, batches.length).map((batch) => batch.digest)).toEqual(
        batches.map((batch) => batch.digest),
      )
      expect(bench.platform.members(audienceName)).toEqual(emails(ids(1, 35)))
      const sent = bench.platform.ledger.map((entry) => entry.members.join())
      expect(new Set(sent).size).toBe(4)
      expect(sent.length).toBe(phase === 'sent' ? 5 : 4)
    },
  )

  it('confirms a batch whose outcomes were recorded without sending it again', async () => {
    await putMembers(bench.duckdb, people(10))
    await crashAt('recorded')
    expect(bench.platform.writes()).toBe(1)
    await resume()
    expect(bench.platform.writes()).toBe(1)
  })

  it('does not send a batch for ever that takes the process down each time (R03)', async () => {
    await putMembers(bench.duckdb, people(10))
    await crashAt('sent')
    for (let restart = 0; restart < 20; restart += 1) {
      const [run] = await bench.control.runs({ state: 'running' })
      if (!run) break
      const abort = new AbortController()
      const writes = bench.platform.writes()
      const reach = (phase: string): void => {
        if (phase !== 'sent' || bench.platform.writes() === writes) return
        abort.abort()
        throw new AffluentError('run.aborted', { sync: 'big-to-crm' })
      }
      await bench.deliver({ run, signal: abort.signal, reach }).catch(ignoreAbort)
    }
    const [run] = await bench.control.runs()
    expect(run).toMatchObject({ state: 'incomplete', counters: { pending: 10 } })
    expect(new Set(bench.platform.ledger.map((entry) => entry.members.join())).size).toBe(1)
    expect(bench.platform.writes()).toBe(10)
  })
})
