import { credentials, status as grpcStatus, type ChannelCredentials, type Metadata } from '@grpc/grpc-js'
import { Customer, errors } from 'google-ads-api'
import { z } from 'zod'
import { readAnswer } from '../../core/connector/read-answer.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'
import { maxAnswerBytes } from './answer-limit.ts'
import type { GoogleAdsConfig } from './config.ts'

/** What one call needs from outside. */
export interface Transport {
  readonly accessToken: string
  readonly fetch: typeof globalThis.fetch
  readonly signal: AbortSignal
  readonly act: string
}

const someFunction = z.custom<(...parameters: readonly unknown[]) => unknown>(
  (value) => typeof value === 'function',
)
const requestShape = z.object({
  url: z.url(),
  headers: z.record(z.string(), z.string()),
  data: z.record(z.string(), z.unknown()),
})

/**
 * The SDK's customer with its transport and access replaced: the SDK shapes each call, the hub carries and guards it. It cannot be used
 * as it is: it knows no service accounts, caches tokens by itself, has its host written into it, loses the status of an answer, and its
 * gRPC clients retry by themselves for hours.
 *
 * - Queries go through the hub's fetch, by a transport that is handed to the SDK's axios for each request. The SDK gets an empty
 *   page instead of the answer, so that it pages nothing and interprets nothing.
 * - Changes go by the SDK's own gRPC clients, with the access token in each call's metadata, without retries and with a deadline.
 *
 * One instance makes one call.
 */
export class GuardedCustomer extends Customer {
  readonly #transport: Transport
  #reply: PlatformReply | undefined

  constructor(config: GoogleAdsConfig, transport: Transport) {
    super(clientOptions(config), {
      customer_id: config.customer_id,
      // Only names the SDK's caches; access is the hub's.
      refresh_token: 'unused',
      ...(config.login_customer_id !== undefined && { login_customer_id: config.login_customer_id }),
    })
    this.#transport = transport
    // Both are private in the SDK's types and called by name inside of it.
    Object.defineProperty(this, 'getCredentials', { value: () => channelCredentials(config) })
    const shape = someFunction.parse(Reflect.get(this, shaper))
    Object.defineProperty(this, shaper, {
      value: (...parameters: readonly unknown[]) => {
        const request = requestShape.parse(Reflect.apply(shape, this, parameters))
        return { ...request, method: 'POST', adapter: () => this.#query(config, request) }
      },
    })
  }

  /** Makes one call and returns what came back: the platform's own answer or refusal. Network faults are thrown. */
  async perform(call: (customer: Customer) => Promise<unknown>): Promise<PlatformReply> {
    try {
      const body = await call(this)
      return this.#reply ?? { status: 200, headers: {}, body }
    } catch (thrown) {
      if (thrown instanceof RefusedCall) return thrown.reply
      if (this.#reply) return this.#reply
      throw thrown
    }
  }

  override getAccessToken(): Promise<string> {
    return Promise.resolve(this.#transport.accessToken)
  }

  protected override get callHeaders(): Customer['callHeaders'] {
    const access = { authorization: `Bearer ${this.#transport.accessToken}` }
    return { ...super.callHeaders, ...access }
  }

  /** Keeps the gRPC status, which the SDK drops, beside the decoded failure. */
  protected override getGoogleAdsError(error: Error): Error {
    return toRefusedCall(error) ?? error
  }

  async #query(config: GoogleAdsConfig, request: z.output<typeof requestShape>): Promise<object> {
    const { fetch, signal, act } = this.#transport
    const { pathname } = new URL(request.url)
    const response = await fetch(`${config.google_ads_url.replace(/\/+$/, '')}${pathname}`, {
      method: 'POST',
      signal,
      redirect: 'manual',
      headers: toHeaders(request.headers),
      body: JSON.stringify(request.data),
    })
    this.#reply = await readAnswer(response, { act, maxBytes: maxAnswerBytes })
    return { status: 200, statusText: 'OK', headers: {}, config: {}, data: { results: [] } }
  }
}

/** The token stands in the SDK's headers twice, in two spellings: once for REST and once for gRPC. */
function toHeaders(shaped: Readonly<Record<string, string>>): Record<string, string> {
  const headers = Object.entries(shaped).map(([name, value]) => [name.toLowerCase(), value])
  return { ...Object.fromEntries(headers), 'content-type': 'application/json' }
}

const shaper = 'prepareGoogleAdsServicePostRequestArgs'

/** Longest a change may take; the SDK would wait four hours. */
const deadlineMs = 60_000

function clientOptions(config: GoogleAdsConfig): ConstructorParameters<typeof Customer>[0] {
  const { hostname, port, protocol } = new URL(config.google_ads_grpc_url)
  return {
    client_id: 'unused',
    client_secret: 'unused',
    // Developer tokens were sunset on 2026-09-09: the header is ignored, the SDK's type still asks for it.
    developer_token: 'unused',
    disable_parsing: true,
    grpc_channel_options: {
      servicePath: hostname,
      port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
      clientConfig: withoutRetries,
    },
  }
}

/** The hub repeats what may be repeated; the SDK's own configuration repeats on UNAVAILABLE for ten minutes. */
const once = { timeout_millis: deadlineMs, retry_codes_name: 'none', retry_params_name: 'default' }
const withoutRetries = {
  interfaces: {
    'google.ads.googleads.v25.services.GoogleAdsService': {
      methods: { Mutate: once },
      retry_codes: { none: [] },
    },
    'google.ads.googleads.v25.services.OfflineUserDataJobService': {
      methods: {
        CreateOfflineUserDataJob: once,
        AddOfflineUserDataJobOperations: once,
        RunOfflineUserDataJob: once,
      },
      retry_codes: { none: [] },
    },
  },
}

/** Plain text only for a sandbox on this machine (the configuration's schema lets no other address through). */
function channelCredentials(config: GoogleAdsConfig): ChannelCredentials {
  return config.google_ads_grpc_url.startsWith('http:')
    ? credentials.createInsecure()
    : credentials.createSsl()
}

/** A refusal that came by gRPC, in the form in which REST would have answered it. */
class RefusedCall extends Error {
  override readonly name = 'RefusedCall'
  readonly reply: PlatformReply

  constructor(reply: PlatformReply) {
    super('the platform refused the call')
    this.reply = reply
  }
}

/** HTTP status of each gRPC status: https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto. */
const httpStatuses: Readonly<Record<number, number>> = {
  [grpcStatus.INVALID_ARGUMENT]: 400,
  [grpcStatus.FAILED_PRECONDITION]: 400,
  [grpcStatus.OUT_OF_RANGE]: 400,
  [grpcStatus.UNAUTHENTICATED]: 401,
  [grpcStatus.PERMISSION_DENIED]: 403,
  [grpcStatus.NOT_FOUND]: 404,
  [grpcStatus.ALREADY_EXISTS]: 409,
  [grpcStatus.ABORTED]: 409,
  [grpcStatus.RESOURCE_EXHAUSTED]: 429,
  [grpcStatus.UNIMPLEMENTED]: 501,
}

const networkFaults: readonly number[] = [grpcStatus.UNAVAILABLE, grpcStatus.DEADLINE_EXCEEDED]

const grpcError = z.object({
  code: z.number(),
  details: z.string().default(''),
  // The object itself: its method must not be torn off it.
  metadata: z.custom<Pick<Metadata, 'get'>>(
    (value) => typeof value === 'object' && value !== null && 'get' in value,
  ),
})

const failureKey = 'google.ads.googleads.v25.errors.googleadsfailure-bin'

/** Undefined for a call that reached nobody: UNAVAILABLE and a deadline that the other side did not speak. */
function toRefusedCall(error: Error): RefusedCall | undefined {
  const parsed = grpcError.safeParse(error)
  if (!parsed.success) return undefined
  const { code, details, metadata } = parsed.data
  const failure = decodeFailure(metadata.get(failureKey)[0])
  if (failure === undefined && networkFaults.includes(code)) return undefined
  const status = httpStatuses[code] ?? 500
  const body = {
    error: { code: status, status: grpcStatus[code], message: details, details: failure ? [failure] : [] },
  }
  return new RefusedCall({ status, headers: {}, body })
}

/** Names instead of numbers for enums, texts instead of 64-bit numbers: as in JSON. */
function decodeFailure(trailer: unknown): Record<string, unknown> | undefined {
  if (!(trailer instanceof Uint8Array)) return undefined
  const failure = errors.GoogleAdsFailure.decode(trailer)
  return errors.GoogleAdsFailure.toObject(failure, { enums: String, longs: String })
}
