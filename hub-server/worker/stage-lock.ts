/** Keeps what works on a few people apart from cycles, which work on everybody. */
export interface StageLock {
  /** Runs beside other shared work, never beside exclusive work. The signal aborts when exclusive work waits. */
  shared<T>(work: (wanted: AbortSignal) => Promise<T>): Promise<T>
  /** Runs alone: after the shared work that is under way, before any that comes later. */
  exclusive<T>(work: () => Promise<T>): Promise<T>
}

/** A lock within this process; another process cannot have the workspace open. */
export function createStageLock(): StageLock {
  const sharing = new Set<Promise<unknown>>()
  /** Holds whoever runs alone, or waits to. */
  const alone = new Set<Promise<void>>()
  let wanted = new AbortController()
  return {
    async shared(work) {
      // Looked at again after each wait: another one may want to be alone by then.
      while (alone.size > 0) await Promise.all(alone)
      const done = work(wanted.signal)
      const ended = done.catch(() => undefined)
      sharing.add(ended)
      try {
        return await done
      } finally {
        sharing.delete(ended)
      }
    },
    async exclusive(work) {
      while (alone.size > 0) await Promise.all(alone)
      const turn = Promise.withResolvers<void>()
      alone.add(turn.promise)
      wanted.abort()
      try {
        await Promise.all(sharing)
        return await work()
      } finally {
        wanted = new AbortController()
        alone.delete(turn.promise)
        turn.resolve()
      }
    },
  }
}
