import { FacebookAdsApi } from 'facebook-nodejs-business-sdk'
import { toJsonInPieces } from '../../core/connector/in-pieces.ts'
import { readAnswer } from '../../core/connector/read-answer.ts'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'
import type { MetaConfig } from './config.ts'
import { appSecretProof } from './hashing.ts'

/** Largest answer that is read: a page of 500 report lines with all their kinds of action is some megabytes at most. */
const maxAnswerBytes = 16 * 1024 * 1024

/** What one request needs from outside. */
export interface Transport {
  readonly fetch: typeof globalThis.fetch
  readonly signal: AbortSignal
  readonly act: string
}

/**
 * The SDK's api object with its transport replaced: the SDK's classes shape each call (edges, parameters), the hub's guarded fetch
 * carries it. The SDK's own transport cannot be used as it is: its axios has no time-out, no size limit and no abort; the status of
 * an HTML answer and the headers are lost; its errors hold the whole payload; version and host are getters of the process, so
 * two connections would fight over them; appsecret_proof is never sent.
 *
 * One instance makes one call. The SDK is handed an empty page instead of the answer, so that nothing of it is interpreted twice.
 */
export class GuardedAdsApi extends FacebookAdsApi {
  readonly #config: MetaConfig
  readonly #token: string
  readonly #transport: Transport
  #reply: PlatformReply | undefined

  constructor(config: MetaConfig, token: string, transport: Transport) {
    super(token, 'en_US', false)
    this.#config = config
    this.#token = token
    this.#transport = transport
  }

  /** The answer to the call that was made. */
  get reply(): PlatformReply {
    if (!this.#reply) throw new AffluentError('internal.unexpected', { act: this.#transport.act })
    return this.#reply
  }

  override async call(
    method: string,
    path: readonly string[],
    params: Record<string, unknown> = {},
  ): Promise<unknown> {
    const { fetch, signal, act } = this.#transport
    const sent = { ...withoutOwnId(params, path), ...this.#proof() }
    const inBody = method === 'POST'
    const response = await fetch(this.#url(path, inBody ? {} : sent), {
      method,
      signal,
      // The token stands in the address: it must not follow a redirect to another host.
      redirect: 'manual',
      ...(inBody && { body: await toJsonInPieces(sent), headers: { 'content-type': 'application/json' } }),
    })
    this.#reply = await readAnswer(response, { act, maxBytes: maxAnswerBytes })
    return { data: [] }
  }

  #url(path: readonly string[], query: Record<string, unknown>): string {
    const { base_url, api_version } = this.#config
    const parameters = new URLSearchParams({ access_token: this.#token })
    for (const [name, value] of Object.entries(query))
      parameters.set(name, typeof value === 'string' ? value : JSON.stringify(value))
    return `${base_url.replace(/\/+$/, '')}/${[api_version, ...path].join('/')}?${parameters.toString()}`
  }

  #proof(): { appsecret_proof?: string } {
    const { app_secret } = this.#config
    return app_secret === undefined ? {} : { appsecret_proof: appSecretProof(this.#token, app_secret) }
  }
}

/** The SDK copies the object's id, which stands in the path already, into each body. */
function withoutOwnId(params: Record<string, unknown>, path: readonly string[]): Record<string, unknown> {
  const { id, ...rest } = params
  return id === undefined || id === path[0] ? rest : params
}
