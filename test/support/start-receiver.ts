import { httpRequest, type HttpAnswer } from './http-request.ts'
import type { SignedMessage } from './signed-webhooks.ts'
import { startProcess } from './start-process.ts'

/** What a process of `processes/receive-messages.ts` takes, and where it keeps it. */
export interface ReceiverOrder {
  readonly hub: 'inbox' | 'canvas'
  /** File of the control store. */
  readonly path: string
  /** Where its clock stands, epoch milliseconds. */
  readonly now: number
}

/** A process of its own that takes messages of platforms. */
export interface StartedReceiver {
  post(message: SignedMessage): Promise<HttpAnswer>
  /** SIGKILL. Resolves with how many effects its messages had; 0 when it was killed before. */
  kill(): Promise<number>
}

/**
 * Starts one and waits until it listens. A hub keeps others out of its data folder; these have the control store alone between them, so
 * that it is the store which holds repetitions apart.
 */
export async function startReceiver(order: ReceiverOrder): Promise<StartedReceiver> {
  const child = startProcess('receive-messages.ts', JSON.stringify(order))
  const url = await child.line()
  if (url === null) throw new Error('the process ended before it listened')
  return {
    post: ({ path, headers, body }) =>
      httpRequest(url + path, {
        method: 'POST',
        // The name that a proxy in front passes on.
        headers: { ...headers, host: 'hub.example.com' },
        body,
      }),
    kill: async () => (await child.kill()).length,
  }
}
