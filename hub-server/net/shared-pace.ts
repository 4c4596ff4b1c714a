import { z } from 'zod'
import { paceChannel, type LimiterCluster } from './limiter-cluster.ts'

/** A quiet budget is back at full pace long before this many windows. */
const rememberedWindows = 40

/** Pace and pause of one budget, as all processes see them. */
interface SharedPaceState {
  readonly pace: number
  /** Milliseconds that nothing may be sent from now on; 0 or less: no pause. */
  readonly pausedMs: number
}

export interface SharedPaceOptions {
  readonly cluster: LimiterCluster
  readonly key: string
  readonly windowMs: number
  readonly slowDown: number
  readonly speedUp: number
  readonly slowest: number
}

/** The part of a limiter's state that Bottleneck does not know; every change is told to all processes by Redis itself. */
export interface SharedPace {
  /** A refusal: the pause is prolonged, and the pace falls once, however many calls were under way. */
  refused(ms: number): Promise<void>
  /** A quiet window has passed: one step up for all processes together. */
  recovered(): Promise<void>
  /** Brings a Redis that has forgotten, or never knew, to what this process knows. */
  restore(known: SharedPaceState): Promise<void>
  /** Hears the state after each change. */
  onChange(listener: (state: SharedPaceState) => void): () => void
}

/** KEYS: pace, pause, step. Answers nothing: the state goes to the channel. */
const tell = `
local pace = redis.call('get', KEYS[1]) or '1'
local paused = redis.call('pttl', KEYS[2])
redis.call('publish', '${paceChannel}', cjson.encode({ key = ARGV[1], pace = tonumber(pace), pausedMs = paused }))
return 1`

const refusedScript = `
local paused = redis.call('pttl', KEYS[2])
if paused <= 0 then
  local pace = math.max(tonumber(ARGV[3]), tonumber(redis.call('get', KEYS[1]) or '1') * tonumber(ARGV[4]))
  redis.call('set', KEYS[1], tostring(pace), 'PX', ARGV[6])
end
redis.call('set', KEYS[3], '1', 'PX', ARGV[5])
if tonumber(ARGV[2]) > paused then redis.call('set', KEYS[2], '1', 'PX', ARGV[2]) end
${tell}`

const recoveredScript = `
local pace = tonumber(redis.call('get', KEYS[1]) or '1')
if pace < 1 and redis.call('set', KEYS[3], '1', 'NX', 'PX', ARGV[3]) then
  pace = math.min(1, pace * tonumber(ARGV[2]))
  if pace < 1 then redis.call('set', KEYS[1], tostring(pace), 'PX', ARGV[4]) else redis.call('del', KEYS[1]) end
end
${tell}`

const restoreScript = `
if tonumber(ARGV[2]) < 1 then redis.call('set', KEYS[1], ARGV[2], 'NX', 'PX', ARGV[4]) end
if tonumber(ARGV[3]) > 0 and redis.call('pttl', KEYS[2]) < tonumber(ARGV[3]) then redis.call('set', KEYS[2], '1', 'PX', ARGV[3]) end
${tell}`

/** What is told on the channel; what others may say there is passed over. */
const message = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue({ code: 'custom', message: 'not JSON' })
      return z.NEVER
    }
  })
  .pipe(z.object({ key: z.string(), pace: z.number().gt(0).max(1), pausedMs: z.number() }))

/** Throws what the Redis client throws; a lost Redis ends the session anyway, and the next one restores. */
export function createSharedPace(options: SharedPaceOptions): SharedPace {
  const { cluster, key, windowMs, slowDown, speedUp, slowest } = options
  const keys = ['pace', 'pause', 'step'].map((part) => `affluent/${key}/${part}`)
  const rememberMs = windowMs * rememberedWindows
  const run = async (script: string, values: readonly (string | number)[]): Promise<void> => {
    await cluster.session?.client.eval(script, keys.length, ...keys, key, ...values)
  }
  return {
    refused: (ms) => run(refusedScript, [Math.ceil(ms), slowest, slowDown, windowMs, rememberMs]),
    recovered: () => run(recoveredScript, [speedUp, windowMs, rememberMs]),
    restore: ({ pace, pausedMs }) => run(restoreScript, [pace, Math.ceil(Math.max(0, pausedMs)), rememberMs]),
    onChange: (listener) =>
      cluster.onMessage((text) => {
        const told = message.safeParse(text).data
        if (told?.key === key) listener(told)
      }),
  }
}
