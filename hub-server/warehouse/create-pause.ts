/** Lets work run beside other work, but for the time of a pause. */
export interface Pause {
  readonly read: <T>(work: () => Promise<T>) => Promise<T>
  /** Waits for what is under way, and keeps the rest waiting while `work` runs. */
  readonly pause: (work: () => Promise<void>) => Promise<void>
  /** Resolves when nothing is under way. */
  readonly settled: () => Promise<void>
}

/** Work that begins outside a pause begins at once. */
export function createPause(): Pause {
  const underWay = new Set<Promise<unknown>>()
  const pauses = new Set<Promise<void>>()
  return {
    async read(work) {
      // Looked at again after each wait: another pause may have begun. Without one, the read starts at once and a pause waits for it.
      while (pauses.size > 0) await Promise.all(pauses)
      const answer = work()
      underWay.add(answer)
      try {
        return await answer
      } finally {
        underWay.delete(answer)
      }
    },
    async pause(work) {
      const end = Promise.withResolvers<void>()
      pauses.add(end.promise)
      await Promise.allSettled(underWay)
      try {
        await work()
      } finally {
        pauses.delete(end.promise)
        end.resolve()
      }
    },
    settled: async () => void (await Promise.allSettled(underWay)),
  }
}
