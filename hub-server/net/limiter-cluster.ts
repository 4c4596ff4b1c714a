import { once } from 'node:events'
import Bottleneck from 'bottleneck'
import { Redis } from 'ioredis'
import type { Clock } from '../../core/port/clock.ts'
import type { Logger } from '../../core/port/logger.ts'

/** How often Redis is asked whether it lives, how long it may take to answer, and how long a lost one is left alone. */
const defaultTimings = { beatMs: 1000, answerMs: 2000, retryMs: 1000 } as const
/** A process that was not seen for this long no longer shares the budgets. */
const goneAfterMs = 15_000
const presenceKey = 'affluent/processes'
/** Where changes of pace are told to every process. */
export const paceChannel = 'affluent/pace'

/** One unbroken time of being connected. What was made in a session is of no use after it. */
interface ClusterSession {
  readonly connection: Bottleneck.IORedisConnection
  readonly client: Redis
}

/** The Redis that several hubs keep their rate budgets in. */
export interface LimiterCluster {
  /** Undefined while Redis cannot be reached. */
  readonly session: ClusterSession | undefined
  /** Hub processes that share the budgets, this one included, when Redis was last heard of. */
  readonly processes: number
  /** Tells when a session begins or ends. Returns how to stop listening. */
  onSession(listener: () => void): () => void
  /** Hears what was published on the channel of paces. */
  onMessage(listener: (message: string) => void): () => void
  close(): Promise<void>
}

export interface LimiterClusterOptions {
  /** `redis://` or `rediss://`, with the password where there is one: never logged. */
  readonly url: string
  /** Names this process among those that share the budgets. */
  readonly process: string
  readonly clock: Clock
  readonly logger: Logger
  readonly timings?: Partial<Record<keyof typeof defaultTimings, number>>
}

interface Cluster extends LimiterClusterOptions {
  readonly every: Record<keyof typeof defaultTimings, number>
  readonly stop: AbortController
  readonly sessions: Set<() => void>
  readonly messages: Set<(message: string) => void>
  session: ClusterSession | undefined
  processes: number
}

/**
 * Keeps connected to Redis until closed. A server that is gone or that takes connections and never answers ends the session within
 * `beatMs` + `answerMs`; it is tried again every `retryMs`. Resolves when the first try has succeeded or failed: the hub starts
 * without Redis, too.
 */
export async function openLimiterCluster(options: LimiterClusterOptions): Promise<LimiterCluster> {
  const cluster: Cluster = {
    ...options,
    every: { ...defaultTimings, ...options.timings },
    stop: new AbortController(),
    sessions: new Set(),
    messages: new Set(),
    session: undefined,
    // Until others are seen, assume one: half of a budget is no harm, the whole of it twice is.
    processes: 2,
  }
  const first = Promise.withResolvers<void>()
  const kept = keepConnected(cluster, first.resolve)
  await first.promise
  return {
    get session() {
      return cluster.session
    },
    get processes() {
      return cluster.processes
    },
    onSession: (listener) => listen(cluster.sessions, listener),
    onMessage: (listener) => listen(cluster.messages, listener),
    async close() {
      cluster.stop.abort()
      await kept
    },
  }
}

function listen<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

async function keepConnected(cluster: Cluster, tried: () => void): Promise<void> {
  const { logger, stop, every } = cluster
  while (!stop.signal.aborted) {
    const link = connect(cluster)
    try {
      await Promise.all([link.client, link.subscriber].map((client) => untilReady(client, every.answerMs)))
      await link.subscriber.subscribe(paceChannel)
      await beat(cluster, link)
      changeSession(cluster, link)
      logger.info('redis_connected', { count: cluster.processes })
      tried()
      await beatUntilLost(cluster, link)
    } catch (thrown) {
      if (!stop.signal.aborted) logger.warn('redis_lost', { said: nameOf(thrown) })
    }
    changeSession(cluster, undefined)
    tried()
    await link.connection.disconnect(false)
    await pause(cluster, every.retryMs)
  }
}

interface Link extends ClusterSession {
  readonly subscriber: Redis
}

/** No client reconnects by itself or keeps commands for later: a lost session is over, and its callers are told at once. */
function connect(cluster: Cluster): Link {
  const { url, every } = cluster
  const client = new Redis(url, {
    connectTimeout: every.answerMs,
    commandTimeout: every.answerMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  const connection = new Bottleneck.IORedisConnection({ client })
  connection.on('error', () => undefined)
  // Bottleneck's types leave its second client out.
  const subscriber: unknown = Reflect.get(connection, 'subscriber')
  if (!(subscriber instanceof Redis)) throw new TypeError('Bottleneck has no client for subscriptions')
  subscriber.on('message', (channel: string, message: string) => {
    if (channel === paceChannel) for (const listener of cluster.messages) listener(message)
  })
  return { client, subscriber, connection }
}

async function untilReady(client: Redis, withinMs: number): Promise<void> {
  if (client.status !== 'ready') await once(client, 'ready', { signal: AbortSignal.timeout(withinMs) })
}

/** Shows that this process is there, and counts the others. */
async function beat(cluster: Cluster, { client, subscriber }: Link): Promise<void> {
  const now = cluster.clock.now()
  await client.zadd(presenceKey, now, cluster.process)
  await client.zremrangebyscore(presenceKey, '-inf', now - goneAfterMs)
  cluster.processes = Math.max(1, await client.zcard(presenceKey))
  await subscriber.ping()
}

/** Throws what ended the session; returns when the cluster is closed. */
async function beatUntilLost(cluster: Cluster, link: Link): Promise<void> {
  const ended = new AbortController()
  const end = (): void => ended.abort()
  for (const client of [link.client, link.subscriber]) client.once('close', end)
  while (!cluster.stop.signal.aborted) {
    await pause(cluster, cluster.every.beatMs, ended.signal)
    if (cluster.stop.signal.aborted) {
      await link.client.zrem(presenceKey, cluster.process)
      return
    }
    await beat(cluster, link)
  }
}

/** Sleeps until the time is over, the cluster is closed or `signal` aborts. */
async function pause({ clock, stop }: Cluster, ms: number, signal?: AbortSignal): Promise<void> {
  const either = signal ? AbortSignal.any([stop.signal, signal]) : stop.signal
  if (either.aborted) return
  await clock.sleep(ms, either).catch(() => undefined)
}

function changeSession(cluster: Cluster, session: ClusterSession | undefined): void {
  if (cluster.session === session) return
  cluster.session = session
  for (const listener of cluster.sessions) listener()
}

/** The kind of fault; the message of a client may repeat the address with its password. */
const nameOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.name : 'unknown')
