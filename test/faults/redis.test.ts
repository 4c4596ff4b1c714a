import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RateBudget } from '../../core/connector/rate-budget.ts'
import { openLimiterCluster, type LimiterCluster } from '../../hub-server/net/limiter-cluster.ts'
import { createRateLimiter, type RateLimiter } from '../../hub-server/net/rate-limiter.ts'
import { systemClock } from '../../hub-server/net/system-clock.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { startFaultRelay, type FaultRelay } from '../support/start-fault-relay.ts'
import { findRedisServer, startRedis, type TestRedis } from '../support/start-redis.ts'

const program = findRedisServer()

/** 20 a second, evenly; of it, connectors leave 3 % unused. */
const budget: RateBudget = {
  name: 'calls',
  scope: 'account',
  limit: 20,
  windowMs: 1000,
  maxConcurrent: 8,
  source: 'test',
}
/** A call that is sent a moment early, as by a rounded timer, is no burst; one for each of two hubs. */
const mostAhead = 2

/** How long a busy machine may take. */
const slowly = { timeout: 30_000 }

let redis: TestRedis
let relay: FaultRelay
let clusters: LimiterCluster[]
let sentAt: number[]

beforeEach(async () => {
  if (program === undefined) return
  redis = await startRedis(program)
  relay = await startFaultRelay(redis.port)
  clusters = []
  sentAt = []
})
afterEach(async () => {
  await Promise.all(clusters.map((cluster) => cluster.close()))
  await relay.close()
  await redis.kill()
})

interface Hub {
  readonly cluster: LimiterCluster
  readonly limiter: RateLimiter
  /** Sends so many calls, each of which takes ten milliseconds. */
  send(calls: number): Promise<unknown>
}

/** One of the hubs that share an account; each has its own connections, as processes have. */
async function aHub(change: Partial<RateBudget> = {}): Promise<Hub> {
  const cluster = await openLimiterCluster({
    url: `redis://127.0.0.1:${relay.port}`,
    process: `hub-${clusters.length}`,
    clock: systemClock,
    logger: silentLogger,
    timings: { beatMs: 100, answerMs: 400, retryMs: 100 },
  })
  clusters.push(cluster)
  const limiter = createRateLimiter({
    budget: { ...budget, ...change },
    clock: systemClock,
    cluster: { cluster, key: 'shop/calls' },
  })
  const { signal } = new AbortController()
  const turn = { cost: 1, interactive: false, longestMs: 1000, signal }
  const sendOne = (): Promise<void> =>
    limiter.schedule(turn, async () => {
      sentAt.push(performance.now())
      await systemClock.sleep(10)
    })
  return {
    cluster,
    limiter,
    send: (calls) => Promise.all(Array.from({ length: calls }, sendOne)),
  }
}

/** Two hubs that know of each other. */
async function twoHubs(change: Partial<RateBudget> = {}): Promise<[Hub, Hub]> {
  const pair: [Hub, Hub] = [await aHub(change), await aHub(change)]
  await expect.poll(() => pair.map(({ cluster }) => cluster.processes), slowly).toEqual([2, 2])
  return pair
}

/** How many calls went out before their time had come, at the worst moment since `startedAt`. A slow machine only makes it less. */
function ahead(startedAt: number): number {
  const times = sentAt.toSorted((a, b) => a - b)
  return Math.max(...times.map((at, index) => index - ((at - startedAt) * budget.limit) / budget.windowMs))
}

const connected = ({ cluster }: Hub): boolean => cluster.session !== undefined

describe.skipIf(program === undefined)(
  'budgets over Redis (engine: skipped where no redis-server is installed and AFFLUENT_TEST_REDIS_SERVER names none)',
  () => {
    it('are spent by two hubs together, not by each', async () => {
      const [one, two] = await twoHubs()
      const startedAt = performance.now()
      await Promise.all([one.send(20), two.send(20)])
      expect(ahead(startedAt)).toBeLessThanOrEqual(mostAhead)
      expect(sentAt).toHaveLength(40)
    })

    it('pause in every hub when the platform refused one, and slow by 30 % once', async () => {
      const [one, two] = await twoHubs()
      const startedAt = performance.now()
      one.limiter.refused(700)
      await expect.poll(() => two.limiter.pace, slowly).toBeCloseTo(0.7)
      await two.send(1)
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(690)
      expect(one.limiter.pace).toBeCloseTo(0.7)
    })

    it('fall once when calls of both hubs are refused together', async () => {
      const [one, two] = await twoHubs()
      one.limiter.refused(700)
      two.limiter.refused(700)
      await expect
        .poll(() => [one, two].map(({ limiter }) => limiter.pace.toFixed(2)))
        .toEqual(['0.70', '0.70'])
      await two.send(1)
      expect(two.limiter.pace).toBeCloseTo(0.7)
    })

    it('recover by 10 % for all hubs together after a quiet window', async () => {
      const [one, two] = await twoHubs({ windowMs: 300, limit: 6 })
      one.limiter.refused(100)
      await expect.poll(() => two.limiter.pace, slowly).toBeCloseTo(0.7)
      const accept = (): number => {
        for (const { limiter } of [one, two]) limiter.accepted({})
        return two.limiter.pace
      }
      await expect.poll(accept, { ...slowly, interval: 10 }).toBeCloseTo(0.77)
      await expect.poll(() => one.limiter.pace, slowly).toBeCloseTo(0.77)
    })

    it('tell a hub that comes later how slow it must be', async () => {
      const one = await aHub()
      one.limiter.refused(100)
      const two = await aHub()
      await expect.poll(() => two.limiter.pace, slowly).toBeCloseTo(0.7)
    })

    it.each(['cut', 'half_open'] as const)(
      'are divided while Redis is lost (%s), and no call hangs (R26)',
      async (fault) => {
        const hubs = await twoHubs()
        const startedAt = performance.now()
        const sent = Promise.all(hubs.map((hub) => hub.send(25)))
        await expect.poll(() => sentAt.length, slowly).toBeGreaterThan(5)
        relay.set(fault)
        await sent
        expect(hubs.some(connected)).toBe(false)
        expect(sentAt).toHaveLength(50)
        expect(ahead(startedAt)).toBeLessThanOrEqual(mostAhead)
      },
    )

    it('are whole again when Redis is back', async () => {
      const hubs = await twoHubs()
      relay.set('cut')
      await expect.poll(() => hubs.some(connected), slowly).toBe(false)
      relay.set('open')
      await expect.poll(() => hubs.every(connected), slowly).toBe(true)
      const startedAt = performance.now()
      await Promise.all(hubs.map((hub) => hub.send(15)))
      expect(ahead(startedAt)).toBeLessThanOrEqual(mostAhead)
    })

    it('are rebuilt in a Redis that restarts empty, without a call above the limit (R27)', async () => {
      const hubs = await twoHubs()
      const startedAt = performance.now()
      const sent = Promise.all(hubs.map((hub) => hub.send(40)))
      await expect.poll(() => sentAt.length, slowly).toBeGreaterThan(10)
      await redis.kill()
      await redis.start()
      await sent
      expect(hubs.every(connected)).toBe(true)
      expect(sentAt).toHaveLength(80)
      expect(ahead(startedAt)).toBeLessThanOrEqual(mostAhead)
    })

    it('get no second burst from a Redis that restarts empty, and stay as slow as they were (R27)', async () => {
      const one = await aHub({ limit: 3600, windowMs: 3_600_000 })
      const burst = 108
      await one.send(burst)
      one.limiter.refused(50)
      await expect.poll(() => one.limiter.pace, slowly).toBeCloseTo(0.7)
      await redis.kill()
      await expect.poll(() => connected(one), slowly).toBe(false)
      await redis.start()
      await expect.poll(() => connected(one), slowly).toBe(true)
      void one.send(20)
      await systemClock.sleep(1000)
      expect(sentAt).toHaveLength(burst)
      const two = await aHub({ limit: 3600, windowMs: 3_600_000 })
      await expect.poll(() => two.limiter.pace, slowly).toBeCloseTo(0.7)
    })

    it('start without a Redis, with half of the budget', async () => {
      relay.set('half_open')
      const one = await aHub()
      expect(connected(one)).toBe(false)
      const startedAt = performance.now()
      await one.send(11)
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(950)
    })
  },
)
