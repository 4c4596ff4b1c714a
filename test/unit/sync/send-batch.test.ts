import { array, asyncProperty, check, integer, nat } from 'fast-check'
import { assert, describe, expect, it } from 'vitest'
import type { Outcome } from '../../../core/connector/outcome.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { sendBatch, type BatchAnswer } from '../../../core/sync/send-batch.ts'

const records = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
const applied: Outcome = { status: 'applied' }

/** A platform that refuses every batch with one of `culprits` in it. */
function aPlatform(
  culprits: readonly number[],
  refuse: () => Error = () => new PlatformError('platform.batch_refused', { said: 'bad record' }),
) {
  const calls: number[][] = []
  const delivered: number[] = []
  return {
    calls,
    delivered,
    send: (batch: readonly number[]): Promise<Outcome[]> => {
      calls.push([...batch])
      if (batch.some((record) => culprits.includes(record))) return Promise.reject(refuse())
      delivered.push(...batch)
      return Promise.resolve(batch.map(() => applied))
    },
  }
}

function outcomesOf(answer: BatchAnswer): readonly Outcome[] {
  assert(answer.kind === 'answered')
  return answer.outcomes
}

describe('sendBatch', () => {
  it('sends a healthy batch in one call', async () => {
    const platform = aPlatform([])
    const answer = await sendBatch(records(100), platform.send)
    expect(platform.calls).toHaveLength(1)
    expect(answer).toEqual({ kind: 'answered', outcomes: records(100).map(() => applied) })
  })

  it('delivers rows 1 to 36 and 38 to n when row 37 makes the platform refuse the batch (B5)', async () => {
    const platform = aPlatform([37])
    const outcomes = outcomesOf(await sendBatch(records(100), platform.send))
    expect(outcomes[37]).toEqual({
      status: 'rejected',
      reason: { code: 'batch_refused', message: 'bad record' },
    })
    expect(platform.delivered.toSorted((a, b) => a - b)).toEqual(
      records(100).filter((record) => record !== 37),
    )
  })

  it('isolates one record that makes the platform answer 500, in at most 2·log2 n + 1 calls (N14)', async () => {
    const law = await check(
      asyncProperty(integer({ min: 2, max: 10_000 }), integer({ min: 0, max: 9999 }), async (size, place) => {
        const culprit = place % size
        const platform = aPlatform([culprit], () => new PlatformError('platform.transient', { said: '500' }))
        const answer = await sendBatch(records(size), platform.send)
        return (
          platform.calls.length <= 2 * Math.log2(size) + 1 &&
          platform.delivered.length === size - 1 &&
          answer.kind === 'answered' &&
          answer.error === undefined &&
          answer.outcomes[culprit]?.status === 'rejected'
        )
      }),
      { numRuns: 200 },
    )
    expect(law.counterexample).toBeNull()
  })

  it('rejects exactly the culprits, however many there are, while the search stays affordable', async () => {
    const culprits = [3, 4, 250, 511, 700, 999]
    const platform = aPlatform(culprits)
    const outcomes = outcomesOf(await sendBatch(records(1000), platform.send))
    const rejected = outcomes.flatMap((outcome, index) => (outcome.status === 'rejected' ? [index] : []))
    expect(rejected).toEqual(culprits)
    expect(platform.delivered).toHaveLength(994)
  })

  it('stops searching when every record is refused, and keeps the rest for the next run', async () => {
    const platform = aPlatform(records(10_000))
    const answer = await sendBatch(records(10_000), platform.send)
    expect(platform.calls.length).toBeLessThan(400)
    expect(answer).toMatchObject({ kind: 'answered', error: { code: 'platform.batch_refused' } })
    expect(outcomesOf(answer).filter((outcome) => outcome.status === 'failed').length).toBeGreaterThan(9000)
  })

  it('asks five times at most when the platform answers 500 to everything', async () => {
    const platform = aPlatform(records(64), () => new PlatformError('platform.transient', { said: '500' }))
    const answer = await sendBatch(records(64), platform.send)
    expect(platform.calls).toHaveLength(5)
    expect(answer).toMatchObject({ error: { code: 'platform.transient' } })
    expect(new Set(outcomesOf(answer).map((outcome) => outcome.status))).toEqual(new Set(['failed']))
  })

  it('cuts a request that is too large into pieces that fit', async () => {
    const sizes: number[] = []
    const answer = await sendBatch(records(100), (batch) => {
      sizes.push(batch.length)
      return batch.length > 30
        ? Promise.reject(new PlatformError('platform.request_too_large'))
        : Promise.resolve(batch.map(() => applied))
    })
    expect(outcomesOf(answer).every((outcome) => outcome.status === 'applied')).toBe(true)
    expect(sizes).toEqual([100, 50, 50, 25, 25, 25, 25])
  })

  it('knows nothing of a batch whose answer was lost', async () => {
    const cut = new PlatformError('platform.transient', {}, { cause: new Error('ECONNRESET') })
    expect(await sendBatch(records(5), () => Promise.reject(cut))).toEqual({ kind: 'lost', error: cut })
  })

  it('marks only the part whose answer was lost as unknown, and sends no more', async () => {
    let calls = 0
    const answer = await sendBatch(records(4), (batch) => {
      calls += 1
      if (calls === 1) return Promise.reject(new PlatformError('platform.batch_refused'))
      if (calls === 2) return Promise.resolve(batch.map(() => applied))
      return Promise.reject(new PlatformError('platform.timed_out'))
    })
    expect(calls).toBe(3)
    expect(outcomesOf(answer).map((outcome) => outcome.status)).toEqual([
      'applied',
      'applied',
      'unknown',
      'failed',
    ])
    expect(answer).toMatchObject({ error: { code: 'platform.timed_out' } })
  })

  it('keeps every record for later when the account was disconnected', async () => {
    const error = new PlatformError('platform.auth_expired', { said: 'token revoked' })
    const answer = await sendBatch(records(2), () => Promise.reject(error))
    expect(answer).toEqual({
      kind: 'answered',
      error,
      outcomes: records(2).map(() => ({
        status: 'failed',
        reason: { code: 'auth_expired', message: 'token revoked' },
      })),
    })
  })

  it('refuses a connector that does not answer for every record (B4)', async () => {
    const answer = await sendBatch(records(3), () => Promise.resolve([applied]))
    expect(answer).toMatchObject({ kind: 'lost', error: { code: 'connector.outcome_count' } })
  })

  it('gives one outcome per record, and delivers each at most once, whatever is refused', async () => {
    const law = await check(
      asyncProperty(integer({ min: 1, max: 60 }), array(nat(59)), async (size, culprits) => {
        const platform = aPlatform(culprits)
        const answer = await sendBatch(records(size), platform.send)
        return (
          answer.kind === 'answered' &&
          answer.outcomes.length === size &&
          new Set(platform.delivered).size === platform.delivered.length
        )
      }),
    )
    expect(law.counterexample).toBeNull()
  })
})
