import type { JsonObject } from '../../core/port/json.ts'

interface LiveEvents {
  /** Events in a batch. */
  readonly perBatch: number
  /** The calls of one batch, of which the first is the probe. Batches before the first are those of the time before the run. */
  readonly batchOf: (batch: number, happenedAt: number) => readonly JsonObject[]
  /** Whose probe a batch has: somebody who had none. */
  readonly proberOf: (batch: number) => string
}

const names = ['purchase', 'open', 'open', 'view']

const modulo = (number: number, divisor: number): number => ((number % divisor) + divisor) % divisor

/** The load of `live.ts`, the same in each run: who does what follows from the event's number. */
export function liveEvents({
  rate,
  everyMs,
  people,
}: {
  readonly rate: number
  readonly everyMs: number
  readonly people: number
}): LiveEvents {
  const perBatch = Math.max(1, Math.round((rate * everyMs) / 1000))
  const proberOf = (batch: number): string => `user-${modulo(batch, people)}`
  return {
    perBatch,
    proberOf,
    batchOf: (batch, happenedAt) =>
      Array.from({ length: perBatch }, (_, place) => {
        const number = batch * perBatch + place
        return {
          type: 'track',
          messageId: `live-${number}`,
          userId: place === 0 ? proberOf(batch) : `user-${modulo(number * 7_919 + 13, people)}`,
          event: place === 0 ? 'probe' : (names[modulo(number, names.length)] ?? 'view'),
          timestamp: new Date(happenedAt).toISOString(),
          properties: { amount: modulo(number, 9973) / 100 },
        }
      }),
  }
}
