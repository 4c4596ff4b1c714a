import { AsyncLocalStorage } from 'node:async_hooks'

const asked = new AsyncLocalStorage<string>()

/** Carries out a request of the API: the audit entries of what it does, however late, name it. */
export function duringRequest<Result>(requestId: string, work: () => Result): Result {
  return asked.run(requestId, work)
}

/** The request that is carried out; undefined in what the hub does by itself. */
export const requestUnderWay = (): string | undefined => asked.getStore()
