/**
 * Google's clients as writers of requests. They know each method's path, verb and JSON; everything else is the hub's: the request
 * goes out through the hub's fetch with the hub's token, once, and its answer is kept as it came. Their own decoder would lose what
 * we need (Retry-After, maintenance pages), their retries would double ours, and their long-running operations poll by themselves;
 * so they are given an empty answer and nothing to decode, repeat or poll.
 */
import { v1alpha as adminV1alpha } from '@google-analytics/admin'
import { v1beta as dataV1beta } from '@google-analytics/data'
import type { PlatformReply } from '../../core/port/platform-caller.ts'

/** Data API v1beta, and Admin API v1alpha: v1beta of the latter has neither audiences nor user deletion. */
export interface GoogleApis {
  readonly data: dataV1beta.BetaAnalyticsDataClient
  readonly admin: adminV1alpha.AnalyticsAdminServiceClient
  /** Options of every call: one attempt, one page, and the hub's time limit rather than the client's. */
  readonly once: { readonly retry: null; readonly autoPaginate: false; readonly timeout: number }
}

export interface Transport {
  readonly fetch: typeof globalThis.fetch
  readonly accessToken: string
  readonly signal: AbortSignal
  readonly endpoints: { readonly data: string; readonly admin: string }
  readonly timeoutMs: number
}

/** Lets `send` make exactly one call and returns Google's answer to it. Throws what fetch threw. */
export async function sendThroughGoogle(
  transport: Transport,
  send: (apis: GoogleApis) => Promise<unknown>,
): Promise<PlatformReply> {
  const exchange: Exchange = {}
  const once = { retry: null, autoPaginate: false, timeout: 2 * transport.timeoutMs } as const
  const apis: GoogleApis = {
    data: overHub(
      new dataV1beta.BetaAnalyticsDataClient(optionsFor(transport.endpoints.data)),
      transport,
      exchange,
    ),
    admin: overHub(
      new adminV1alpha.AnalyticsAdminServiceClient(optionsFor(transport.endpoints.admin)),
      transport,
      exchange,
    ),
    once,
  }
  try {
    await send(apis)
  } catch (thrown) {
    if (exchange.failure) throw exchange.failure.thrown
    if (!exchange.reply) throw thrown
  }
  if (!exchange.reply) throw new Error("Google's client made no request")
  return exchange.reply
}

interface Exchange {
  reply?: PlatformReply
  failure?: { readonly thrown: unknown }
}

function optionsFor(endpoint: string): ConstructorParameters<typeof dataV1beta.BetaAnalyticsDataClient>[0] {
  const { protocol, hostname, port } = new URL(endpoint)
  return {
    fallback: true,
    protocol: protocol.replace(':', ''),
    apiEndpoint: hostname,
    port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
    universeDomain: 'googleapis.com',
    minifyJson: true,
    enableTelemetryTracing: false,
    enableTelemetryLogging: false,
    // Never sent. Without both, each client looks for them in the environment, runs gcloud and asks the cloud's metadata server.
    apiKey: 'unused',
    projectId: 'unused',
  }
}

function overHub<Client extends { readonly auth: object }>(
  client: Client,
  transport: Transport,
  exchange: Exchange,
): Client {
  Object.assign(client.auth, {
    fetch: async (url: string, init: { method: string; headers: Headers; body?: string }) => {
      try {
        exchange.reply = await request(transport, url, init)
      } catch (thrown) {
        exchange.failure = { thrown }
        throw thrown
      }
      return new Response('{}')
    },
  })
  return client
}

async function request(
  transport: Transport,
  url: string,
  init: { method: string; headers: Headers; body?: string },
): Promise<PlatformReply> {
  const headers = new Headers(init.headers)
  headers.set('authorization', `Bearer ${transport.accessToken}`)
  const response = await transport.fetch(url, {
    method: init.method,
    headers,
    // A redirect would carry the token elsewhere.
    redirect: 'manual',
    signal: transport.signal,
    ...(init.body !== undefined && { body: init.body }),
  })
  return toReply(response)
}

/** A fetch answer as the hub's caller wants it: the body parsed where it is JSON. */
export async function toReply(response: Response): Promise<PlatformReply> {
  const text = await response.text()
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: parseJson(text),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
