import type { Express, Request, Response } from 'express'
import type { WebhookAnswer, WebhookMessage } from '../../core/connector/signal.ts'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Inbox } from '../../core/port/inbox.ts'
import type { Translator } from '../locales/translate.ts'
import { createBodyReader } from './body-reader.ts'
import { sendPage } from './page.ts'
import { requestPage } from './request-page.ts'

/** Which webhook of which connection an address names; neither need exist. */
export interface WebhookPlace {
  readonly connection: string
  readonly webhook: string
}

/**
 * Verifies a message and keeps what it tells, durably, before it resolves. Undefined: a plain 200 will do. Throws
 * `api.webhook_refused`, the same for everything that is not proven, and `api.webhook_unreadable`.
 */
export type ReceiveWebhook = (
  place: WebhookPlace,
  message: WebhookMessage,
) => Promise<WebhookAnswer | undefined>

/** What the routes for platforms need. */
export interface WebhookPorts {
  /** Address of the hub as the platforms call it, without a slash at its end: "https://hub.example.com". */
  readonly publicUrl: string
  readonly receive: ReceiveWebhook
  readonly signalState: Inbox['signalState']
}

/** Routes beside the API's, each with what opens it. */
const webhookRoutes = [
  { method: 'POST', path: '/webhooks/:connection/:webhook', permission: 'signature' },
  { method: 'GET', path: '/requests/:code', permission: 'code' },
] as const
const [{ path: webhookPath }, { path: requestPath }] = webhookRoutes

/**
 * Mounts POST /webhooks/{connection}/{webhook}, which the message's signature opens, and GET /requests/{code}, which the code opens.
 * Both stand before the check of the Host header: they are called by the public name, and what they let in does not rest on it.
 */
export function mountWebhooks(
  app: Express,
  ports: WebhookPorts,
  translatorFor: (request: Request) => Translator,
): void {
  const withBody = createBodyReader()
  async function take(request: Request, response: Response): Promise<void> {
    const answer = await withBody(request, (body) =>
      ports.receive(placeOf(request), toMessage(request, body, ports.publicUrl)),
    )
    if (!answer) response.status(200).end()
    else if ('body' in answer) response.status(answer.status).json(answer.body)
    else response.status(answer.status).type(answer.contentType).send(answer.text)
  }
  async function tellState(request: Request, response: Response): Promise<void> {
    const state = await ports.signalState(textOf(request.params['code']))
    if (state === undefined) throw new AffluentError('api.object_unknown')
    sendPage(response.vary('Accept-Language'), requestPage(translatorFor(request), state === 'handled'))
  }
  // Express hands the rejection of a returned promise to the error handler.
  app.post(webhookPath, (request, response) => take(request, response))
  app.get(requestPath, (request, response) => tellState(request, response))
}

/** Refuses the other methods of the same addresses, after the general checks. */
export function refuseOtherMethods(app: Express): void {
  app.all(webhookPath, (_request, response) => {
    response.set('Allow', 'POST')
    throw new AffluentError('api.method_not_allowed')
  })
  app.all(requestPath, (_request, response) => {
    response.set('Allow', 'GET, HEAD')
    throw new AffluentError('api.method_not_allowed')
  })
}

const placeOf = ({ params }: Request): WebhookPlace => ({
  connection: textOf(params['connection']),
  webhook: textOf(params['webhook']),
})

/**
 * A request as connectors verify it: raw bytes, and the address as the platform called it. Throws `api.webhook_refused` for a request line with
 * a host in it.
 */
export function toMessage(request: Request, body: Uint8Array, publicUrl: string): WebhookMessage {
  // A request line may carry a whole address (RFC 9112, 3.2.2), which would put a host of the sender's choice into what is verified.
  if (!request.originalUrl.startsWith('/')) throw new AffluentError('api.webhook_refused')
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, textOf(value)] as const],
  )
  return {
    method: request.method,
    url: `${publicUrl}${request.originalUrl}`,
    headers: Object.fromEntries(headers),
    body,
  }
}

const textOf = (value: string | readonly string[] | undefined): string =>
  typeof value === 'string' ? value : (value?.join(', ') ?? '')
