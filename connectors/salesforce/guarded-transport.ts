import { PassThrough } from 'node:stream'
import { Transport } from 'jsforce/lib/transport.js'
import type { HttpRequest, HttpResponse } from 'jsforce/lib/types/common.js'
import { StreamPromise } from 'jsforce/lib/util/promise.js'

/**
 * Sends jsforce's requests through the hub's own fetch, once each. jsforce's transport would repeat them by itself, cannot be
 * aborted, reads answers of any size, and ends the whole process when a connection breaks in the middle of an answer (the error
 * of the body's stream has no listener, 3.10.26).
 */
export class GuardedTransport extends Transport {
  readonly #fetch: typeof globalThis.fetch
  readonly #signal: AbortSignal

  constructor(fetch: typeof globalThis.fetch, signal: AbortSignal) {
    super()
    this.#fetch = fetch
    this.#signal = signal
  }

  override httpRequest(request: HttpRequest): StreamPromise<HttpResponse> {
    // The stream is jsforce's second way to an answer; nobody reads it here.
    return StreamPromise.create(() => ({ stream: new PassThrough(), promise: this.#send(request) }))
  }

  async #send(request: HttpRequest): Promise<HttpResponse> {
    const { 'content-length': _counted, ...headers } = request.headers ?? {}
    const send = this.#fetch
    const response = await send(request.url, {
      method: request.method,
      headers,
      redirect: 'error',
      signal: this.#signal,
      ...(typeof request.body === 'string' && { body: request.body }),
    })
    return {
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    }
  }
}
