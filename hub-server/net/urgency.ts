import { AsyncLocalStorage } from 'node:async_hooks'

const waitedFor = new AsyncLocalStorage<true>()

/** Runs what a person waits for (a connection test, a plan, an action): its calls go before those of cycles. */
export function asInteractive<T>(work: () => Promise<T>): Promise<T> {
  return waitedFor.run(true, work)
}

/** True inside `asInteractive`. */
export const isInteractive = (): boolean => waitedFor.getStore() ?? false
