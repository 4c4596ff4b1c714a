import { randomUUID } from 'node:crypto'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Logger } from '../../core/port/logger.ts'
import type { Telemetry } from '../../core/port/telemetry.ts'
import type { BesideRoute } from '../api/contract/describe-route.ts'
import type { Route } from '../api/define-route.ts'
import { createHealthRoutes, type ReadinessCheck } from '../api/health.ts'
import type { OpenRoute } from '../api/open-route.ts'
import { createTranslator, languages, type Language, type Translator } from '../locales/translate.ts'
import { createClientGuard, type ProxyPorts } from './client-guard.ts'
import { drainRefused } from './drain-refused.ts'
import { mountEvents, refuseOtherEventMethods, type EventPorts } from './event-routes.ts'
import { isLoopback, isLoopbackHostHeader } from './loopback.ts'
import { mountRoutes, refuseBody, toExpressPath, type RouteGate } from './mount-routes.ts'
import { securityHeaders } from './security-headers.ts'
import { sendRefusal } from './send-refusal.ts'
import { fromThrown } from './to-problem.ts'
import { traceRequests } from './trace-requests.ts'
import { mountWebhooks, refuseOtherMethods, type WebhookPorts } from './webhook-routes.ts'

/** Routes beside the API that another part of the hub brings along: pages, call-backs. */
export interface BesideMount {
  /** All of them: other methods of their addresses are refused here. */
  readonly routes: readonly BesideRoute[]
  /** `public`: called by the public name, so they stand before the check of the Host header. `own`: behind it. */
  readonly name: 'public' | 'own'
  readonly mount: (app: Express, translatorFor: (request: Request) => Translator) => void
}

export interface AppOptions {
  /** The API. */
  readonly routes: readonly Route[]
  readonly gate: RouteGate
  readonly readiness: readonly ReadinessCheck[]
  /** Address the server will listen on: decides which Host headers are answered. */
  readonly host: string
  /** Address that people and platforms reach the hub at; undefined: only the one it listens at. */
  readonly publicUrl?: string | undefined
  /** Default: no proxy is trusted, and none is looked out for. */
  readonly proxies?: ProxyPorts | undefined
  /** Undefined: the hub has no public address, and takes nothing that platforms push. */
  readonly webhooks: WebhookPorts | undefined
  /** Undefined: the hub takes no events of clients. */
  readonly events?: EventPorts | undefined
  readonly beside?: readonly BesideMount[]
  readonly logger: Logger
  /** Default: nobody is told. */
  readonly telemetry?: Telemetry
}

/** The HTTP application, ready to be listened with. */
export interface App {
  readonly express: Express
  readonly host: string
}

/** Puts the application together: checks in front, routes, one place for errors. */
export function createApp(options: AppOptions): App {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  // Without it "/v1/Runs" and "/v1/runs/" would be second addresses for the same thing.
  app.enable('case sensitive routing')
  app.enable('strict routing')
  const guardClient = createClientGuard(app, options)
  app.use((request, response, next) => {
    response.set(securityHeaders)
    response.locals['requestId'] = randomUUID()
    guardClient(request, response)
    next()
  })
  if (options.telemetry) app.use(traceRequests(options.telemetry))
  const translators = createTranslators()
  const forReader = (request: Request): Translator => translatorFor(request, translators)
  mountPushed(app, options, forReader)
  // Not before: what platforms and clients push is taken up by others later, and in nobody's name.
  app.use((_request, response, next) => nameInAudit(options.gate, response, next))
  mountPublic(app, options, forReader)
  app.use((request, _response, next) => {
    checkHost(request, options)
    next()
  })
  mountOwn(app, options, forReader)
  mountRoutes(app, options.routes, options.gate, forReader)
  app.use(() => {
    throw new AffluentError('api.route_unknown')
  })
  app.use(createErrorHandler(options.logger, translators))
  return { express: app, host: options.host }
}

type TranslatorFor = (request: Request) => Translator

/** What platforms and clients send by themselves, by the public name: before the check of the Host header. */
function mountPushed(app: Express, { webhooks, events }: AppOptions, forReader: TranslatorFor): void {
  if (webhooks) mountWebhooks(app, webhooks, forReader)
  if (events) mountEvents(app, events)
}

/** Entries of the audit log that the request brings about name it. */
function nameInAudit({ duringRequest }: RouteGate, { locals }: Response, next: NextFunction): void {
  if (duringRequest) duringRequest(String(locals['requestId']), next)
  else next()
}

/** What else is called by the public name. */
function mountPublic(app: Express, { beside = [] }: AppOptions, forReader: TranslatorFor): void {
  for (const { name, mount } of beside) if (name === 'public') mount(app, forReader)
}

/** What is called by this machine's own name, and the refusals of methods that nobody takes. */
function mountOwn(
  app: Express,
  { webhooks, events, readiness, gate, logger, beside = [] }: AppOptions,
  forReader: TranslatorFor,
): void {
  for (const { name, mount } of beside) if (name === 'own') mount(app, forReader)
  if (webhooks) refuseOtherMethods(app)
  if (events) refuseOtherEventMethods(app)
  for (const { routes } of beside) refuseOthers(app, routes)
  for (const route of createHealthRoutes(readiness, logger)) mountOpen(app, route, forReader, gate)
}

function refuseOthers(app: Express, routes: readonly BesideRoute[]): void {
  for (const { path } of routes) {
    const methods = routes.filter((route) => route.path === path).map(({ method }) => method)
    app.all(toExpressPath(path), (_request, response) => {
      response.set('Allow', methods.join(', '))
      throw new AffluentError('api.method_not_allowed')
    })
  }
}

/** A hub on loopback is called by this machine's names or, through the proxy in front of it, by its public one. */
function checkHost(request: Request, { host, publicUrl }: Pick<AppOptions, 'host' | 'publicUrl'>): void {
  const called = request.headers.host
  const isPublic = publicUrl !== undefined && called?.toLowerCase() === new URL(publicUrl).host
  if (isLoopback(host) && !isLoopbackHostHeader(called) && !isPublic)
    throw new AffluentError('api.host_refused')
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

/** Whether a request that needs to show nobody shows somebody who is in force. */
async function showsSomebody({ authenticate }: RouteGate, request: Request): Promise<boolean> {
  try {
    return (await authenticate(request)) !== undefined
  } catch {
    return false
  }
}

function mountOpen(app: Express, route: OpenRoute, forReader: TranslatorFor, gate: RouteGate): void {
  async function reply(request: Request, response: Response): Promise<void> {
    refuseBody(request)
    const translator = forReader(request)
    const isKnown = await showsSomebody(gate, request)
    const { status = 200, body } = await route.answer({ isKnown })
    response.status(status).set('Content-Language', translator.language).vary('Accept-Language').json(body)
  }
  // Express hands the rejection of a returned promise to the error handler.
  app.get(route.path, (request, response) => reply(request, response))
  app.all(route.path, (_request, response) => {
    response.set('Allow', 'GET, HEAD')
    throw new AffluentError('api.method_not_allowed')
  })
}

/** The command line of this machine prints errors itself, and asks for what fills their words. */
function wantsAll(request: Request, response: Response): boolean {
  const principal: unknown = response.locals['principal']
  return (
    request.get('affluent-params') === 'all' &&
    typeof principal === 'object' &&
    principal !== null &&
    'kind' in principal &&
    principal.kind === 'local'
  )
}

/** A 401 must name what it wants (RFC 9110, 11.6.1). */
function challengeOf({ code, params }: AffluentError): string {
  // RFC 9470, 3: the session is good, and the proof behind it too old.
  if (code === 'access.proof_needed')
    return `Bearer error="insufficient_user_authentication", max_age="${Number(params['max_age'])}"`
  if (code === 'intake.key_unknown') return 'Basic realm="write key"'
  return code === 'api.webhook_refused' ? 'Signature' : 'Bearer'
}

/** The only place where an error becomes an answer. Express knows an error handler by its four parameters. */
function createErrorHandler(logger: Logger, translators: Translators) {
  return async (thrown: unknown, request: Request, response: Response, next: NextFunction): Promise<void> => {
    const error = fromThrown(thrown)
    const requestId = String(response.locals['requestId'])
    const status = error.rule.http
    if (status >= 500) logger.error('request_failed', { request: requestId, code: error.code, status })
    // The status line is gone already: all that is left is to cut the answer, so that it cannot pass for a whole one.
    if (response.headersSent) return next(thrown)
    const translator = translatorFor(request, translators)
    if (status === 401) response.set('WWW-Authenticate', challengeOf(error))
    if (status === 503) response.set('Retry-After', '10')
    if (error.rule.reaction === 'wait' && status < 500 && response.get('Retry-After') === undefined)
      response.set('Retry-After', '1')
    if (status === 413) {
      // What was not read of the body would be taken for the next request.
      response.set('Connection', 'close')
      await drainRefused(request)
    }
    sendRefusal(request, response, error, { requestId, translator, isLocal: wantsAll(request, response) })
  }
}
