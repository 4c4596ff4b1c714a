import { AffluentError, toAffluentError } from '../../../core/errors/affluent-error.ts'

/** Work that is cancelled when it takes too long. */
export interface TimeLimit {
  /** Aborts when the time is over. */
  readonly signal: AbortSignal
  /** Starts to count. */
  start(): void
  stop(): void
}

/** A limit that counts from `start` on: waiting for others is nobody's fault. */
export function createTimeLimit(limitMs: number): TimeLimit {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  return {
    signal: controller.signal,
    start() {
      timer = setTimeout(() => controller.abort(), limitMs)
    },
    stop: () => clearTimeout(timer),
  }
}

/** Why an evaluation failed, in words for a person: it took too long or too much memory, or else what was thrown. */
export function toEvaluationError(thrown: unknown, limit: TimeLimit, limitMs: number): AffluentError {
  const act = 'evaluating a segment'
  const cause = { cause: thrown }
  if (limit.signal.aborted)
    return new AffluentError('segment.too_slow', { act, seconds: Math.round(limitMs / 1000) }, cause)
  // The engine has no code for it: https://duckdb.org/docs/stable/guides/performance/how_to_tune_workloads
  if (thrown instanceof Error && /out of memory/i.test(thrown.message))
    return new AffluentError('segment.out_of_memory', { act }, cause)
  return toAffluentError(thrown, act)
}
