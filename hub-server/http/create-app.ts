import { randomUUID } from 'node:crypto'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Logger } from '../../core/port/logger.ts'
import type { ApiPorts } from '../api/api-ports.ts'
import type { ApiRoute } from '../api/api-route.ts'
import { createHealthRoutes } from '../api/health.ts'
import { createRunRoutes } from '../api/runs.ts'
import { createSegmentRoutes } from '../api/segments.ts'
import { createSyncRoutes } from '../api/syncs.ts'
import { createTranslator, languages, type Language, type Translator } from '../locales/translate.ts'
import { hasBearerToken } from './bearer-token.ts'
import { mountEvents, refuseOtherEventMethods, type EventPorts } from './event-routes.ts'
import { isLoopback, isLoopbackHostHeader } from './loopback.ts'
import { fromThrown, toProblem } from './to-problem.ts'
import { mountWebhooks, refuseOtherMethods, type WebhookPorts } from './webhook-routes.ts'

export interface AppOptions {
  readonly ports: ApiPorts
  /** Address the server will listen on: decides which Host headers are answered, and whether a token is needed. */
  readonly host: string
  /** What callers of the API must show. Without it the API is open to this machine, and the server listens nowhere else. */
  readonly apiToken: string | undefined
  /** Undefined: the hub has no public address, and takes nothing that platforms push. */
  readonly webhooks: WebhookPorts | undefined
  /** Undefined: the hub takes no events of clients. */
  readonly events?: EventPorts | undefined
  readonly logger: Logger
}

/** The HTTP application, ready to be listened with. */
export interface App {
  readonly express: Express
  readonly host: string
  /** True when callers must show a token. */
  readonly guarded: boolean
}

/** Sent with every answer. The API gives JSON to programs: nothing of it may be framed, sniffed, cached or fetched by other sites. */
const securityHeaders = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
} as const

/** Every route of the API. */
export function createRoutes(ports: ApiPorts, logger: Logger): readonly ApiRoute[] {
  return [
    ...createHealthRoutes(ports, logger),
    ...createRunRoutes(ports),
    ...createSyncRoutes(ports),
    ...createSegmentRoutes(ports),
  ]
}

/** Puts the application together: checks in front, routes, one place for errors. */
export function createApp(options: AppOptions): App {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  // Without it "/v1/Runs" and "/v1/runs/" would be second addresses for the same thing.
  app.enable('case sensitive routing')
  app.enable('strict routing')
  app.use((request, response, next) => {
    response.set(securityHeaders)
    response.locals['requestId'] = randomUUID()
    next()
  })
  const translators = createTranslators()
  if (options.webhooks) mountWebhooks(app, options.webhooks, (request) => translatorFor(request, translators))
  if (options.events) mountEvents(app, options.events)
  app.use((request, _response, next) => {
    checkRequest(request, options.host)
    next()
  })
  if (options.webhooks) refuseOtherMethods(app)
  if (options.events) refuseOtherEventMethods(app)
  for (const route of createRoutes(options.ports, options.logger)) mount(app, route, options, translators)
  app.use(() => {
    throw new AffluentError('api.route_unknown')
  })
  app.use(createErrorHandler(options.logger, translators))
  return { express: app, host: options.host, guarded: options.apiToken !== undefined }
}

/** No route behind it takes a body, so the limit of its size, and with it of its depth, is nothing at all. */
function checkRequest(request: Request, host: string): void {
  if (isLoopback(host) && !isLoopbackHostHeader(request.headers.host))
    throw new AffluentError('api.host_refused')
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  if (hasBody) throw new AffluentError('api.body_too_large', { limit: 0 })
}

type Translators = Readonly<Record<Language, Translator>>

function createTranslators(): Translators {
  return { en: createTranslator('en'), fr: createTranslator('fr') }
}

/** The reader's language by the Accept-Language header; English when it asks for none that the hub speaks. */
function translatorFor(request: Request, translators: Translators): Translator {
  const wanted = request.acceptsLanguages([...languages])
  return translators[wanted === 'fr' ? 'fr' : 'en']
}

function mount(app: Express, route: ApiRoute, { apiToken }: AppOptions, translators: Translators): void {
  async function reply(request: Request, response: Response): Promise<void> {
    if (route.permission === 'read') requireToken(request, apiToken)
    const translator = translatorFor(request, translators)
    const { status = 200, body } = await route.answer({
      params: onlyTexts(request.params),
      query: request.query,
      translator,
    })
    response.status(status).set('Content-Language', translator.language).vary('Accept-Language').json(body)
  }
  // Express hands the rejection of a returned promise to the error handler.
  app.get(route.path, (request, response) => reply(request, response))
  app.all(route.path, (_request, response) => {
    response.set('Allow', 'GET, HEAD')
    throw new AffluentError('api.method_not_allowed')
  })
}

function requireToken(request: Request, apiToken: string | undefined): void {
  if (apiToken !== undefined && !hasBearerToken(request.get('authorization'), apiToken))
    throw new AffluentError('api.not_signed_in')
}

function onlyTexts(params: Request['params']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** A 401 must name what it wants (RFC 9110, 11.6.1). */
function challengeOf({ code }: AffluentError): string {
  if (code === 'intake.key_unknown') return 'Basic realm="write key"'
  return code === 'api.webhook_refused' ? 'Signature' : 'Bearer'
}

/** The only place where an error becomes an answer. Express knows an error handler by its four parameters. */
function createErrorHandler(logger: Logger, translators: Translators) {
  return (thrown: unknown, request: Request, response: Response, next: NextFunction): void => {
    const error = fromThrown(thrown)
    const requestId = String(response.locals['requestId'])
    const status = error.rule.http
    if (status >= 500) logger.error('request_failed', { request: requestId, code: error.code, status })
    // The status line is gone already: all that is left is to cut the answer, so that it cannot pass for a whole one.
    if (response.headersSent) return next(thrown)
    const translator = translatorFor(request, translators)
    if (status === 401) response.set('WWW-Authenticate', challengeOf(error))
    if (status === 503) response.set('Retry-After', '10')
    // The body of a refused request is not read; the connection cannot be used again.
    if (status === 413) response.set('Connection', 'close')
    response
      .status(status)
      .set({ 'Content-Language': translator.language, 'Content-Type': 'application/problem+json' })
      .vary('Accept-Language')
      .send(JSON.stringify(toProblem(error, requestId, translator)))
  }
}
