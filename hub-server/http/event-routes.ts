import type { Express, Request, Response } from 'express'
import { AffluentError, toAffluentError } from '../../core/errors/affluent-error.ts'
import { createBodyReader } from './body-reader.ts'
import { readMessageBody } from './read-message-body.ts'

/** One call of a client, not parsed. */
export interface EventMessage {
  /** "track", "batch" …, never a short form. */
  readonly route: string
  /** The write key of the Authorization header; undefined when there is none, and the body must name it. */
  readonly key: string | undefined
  /** How often the client had tried before, as it says itself. */
  readonly retries: number
  readonly body: Uint8Array
}

/**
 * Keeps a call durably before it resolves. Throws `intake.key_unknown`, `intake.unreadable` (no JSON), `intake.overloaded` and, for
 * everything else, `intake.unavailable`.
 */
export type ReceiveEvents = (message: EventMessage) => Promise<void>

/** What the routes for clients that send events need. */
export interface EventPorts {
  readonly receive: ReceiveEvents
  /** True when the key is in force. */
  readonly knows: (key: string) => Promise<boolean>
}

/** The address's last part: what it names. The short ones are of analytics.js. */
const routes: ReadonlyMap<string, string> = new Map([
  ...['track', 'identify', 'page', 'screen', 'group', 'alias', 'batch', 'import'].map(
    (name) => [name, name] as const,
  ),
  ['t', 'track'],
  ['i', 'identify'],
  ['p', 'page'],
  ['s', 'screen'],
  ['g', 'group'],
  ['a', 'alias'],
  ['b', 'batch'],
])

const metricsPath = '/v1/m'
const settingsPath = '/v1/projects/:key/settings'

/** Routes beside the API's, each with what opens it. */
const eventRoutes = [
  ...[...routes.keys()].map((name) => ({
    method: 'POST',
    path: `/v1/${name}`,
    permission: 'write_key' as const,
  })),
  { method: 'POST', path: metricsPath, permission: 'open' as const },
  { method: 'GET', path: settingsPath, permission: 'write_key' as const },
]

/** Conforming clients send 500 KB a batch at most; above it there is room for one hostile field beside good neighbours. */
const mostBytes = 4 * 1024 ** 2
const mostBytesInAll = 64 * 1024 ** 2

/** Whole seconds that a client is asked to wait; Segment's libraries do as told up to 300. */
const retryAfterSeconds = 10

/**
 * What a page of any site needs to send events: no cookie and no answer of value is involved, so every origin may. Browsers ask before
 * each request with an Authorization header, and remember the answer for up to a day.
 */
const crossOrigin = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'POST, GET, OPTIONS',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type, Content-Encoding, X-Retry-Count',
  'Access-Control-Expose-Headers': 'Retry-After',
  'Access-Control-Max-Age': '86400',
  'Cross-Origin-Resource-Policy': 'cross-origin',
} as const

/**
 * Mounts Segment's tracking API, which a write key opens. It stands before the check of the Host header, as sites call it by the public
 * name. Answers 200, 429 and 503; 400 only for what is no JSON, 401 only for an unknown key, 413 beyond 4 MB.
 */
export function mountEvents(app: Express, ports: EventPorts): void {
  const withBody = createBodyReader({ one: mostBytes, all: mostBytesInAll })
  async function take(request: Request, response: Response, route: string): Promise<void> {
    response.set(crossOrigin)
    await orAskToWait(response, () =>
      withBody(request, async (raw) =>
        ports.receive({
          route,
          key: readKey(request.get('authorization')),
          retries: readRetries(request.get('x-retry-count')),
          body: await readMessageBody(request, raw, mostBytes),
        }),
      ),
    )
    response.json({ success: true })
  }
  for (const [name, route] of routes) {
    app.options(`/v1/${name}`, preflight)
    app.post(`/v1/${name}`, (request, response) => take(request, response, route))
  }
  app.options([metricsPath, settingsPath], preflight)
  // How browsers fare with analytics.js is of no use here; without a 200 the library would go on trying.
  app.post(metricsPath, (request, response) => {
    request.resume()
    response.set(crossOrigin).json({ success: true })
  })
  async function tellSettings(response: Response, key: string): Promise<void> {
    response.set(crossOrigin)
    if (!(await ports.knows(key))) throw new AffluentError('intake.key_unknown')
    response.json(toSettings(key))
  }
  app.get(settingsPath, (request, response) => tellSettings(response, request.params.key))
}

/** Refuses the other methods of the same addresses, after the general checks. */
export function refuseOtherEventMethods(app: Express): void {
  for (const { method, path } of eventRoutes)
    app.all(path, (_request, response) => {
      response.set('Allow', `${method}, OPTIONS`)
      throw new AffluentError('api.method_not_allowed')
    })
}

function preflight(_request: Request, response: Response): void {
  response.set(crossOrigin).status(204).end()
}

/** Overload is a 429 here: Segment's libraries read Retry-After of no other status. */
async function orAskToWait(response: Response, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    const error = toAffluentError(thrown, 'taking events')
    const isOverload = error.code === 'api.overloaded' || error.code === 'intake.overloaded'
    if (!isOverload) throw thrown
    response.set('Retry-After', String(retryAfterSeconds))
    throw new AffluentError('intake.overloaded', {}, { cause: thrown })
  }
}

/** The key of "Basic base64(key:)" or, of clients with OAuth, of "Bearer key". */
function readKey(header: string | undefined): string | undefined {
  const match = /^(?<scheme>Basic|Bearer) +(?<value>[\w+/=.~-]+) *$/i.exec(header ?? '')?.groups
  if (match?.['value'] === undefined) return header === undefined ? undefined : ''
  if (match['scheme']?.toLowerCase() === 'bearer') return match['value']
  return Buffer.from(match['value'], 'base64').toString('utf8').split(':')[0]
}

function readRetries(header: string | undefined): number {
  const count = Number(header ?? 0)
  return Number.isSafeInteger(count) && count > 0 ? count : 0
}

/** The least that analytics.js wants to know before it sends: https://segment.com/docs/connections/sources/catalog/libraries/website/javascript/ */
function toSettings(key: string): object {
  return {
    integrations: { 'Segment.io': { apiKey: key, unbundledIntegrations: [], addBundledMetadata: false } },
    plan: {
      track: { __default: { enabled: true, integrations: {} } },
      identify: { __default: { enabled: true } },
      group: { __default: { enabled: true } },
    },
    analyticsNextEnabled: true,
    enabledMiddleware: {},
    metrics: { sampleRate: 0 },
    remotePlugins: [],
  }
}
