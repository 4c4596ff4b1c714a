import { createHash } from 'node:crypto'
import type { EmbeddedPage, PageCall } from '../../../core/connector/embedded-page.ts'
import type { WebhookMessage } from '../../../core/connector/signal.ts'
import type { SalesforceConfig } from '../config.ts'
import { personObjectOf, toId18 } from '../salesforce-id.ts'
import { issuedAtMs, longestEnvelope, openCanvasRequest, type CanvasRequest } from './canvas-request.ts'
import { orgOrigins } from './org-origins.ts'

const minuteMs = 60_000

/** Streams of the objects whose record pages the canvas app stands on. */
const streams = { Contact: 'contacts', Lead: 'leads' } as const

/**
 * The canvas app on contacts and leads. Its envelope is proven by the consumer secret, and must come from the org that the connection
 * expects: without `client_secret` and `expected_org_id` nothing is opened.
 */
export const canvasPage: EmbeddedPage<SalesforceConfig> = {
  open(config, message, now) {
    const { client_secret: secret, expected_org_id: orgId, previous_client_secret: previous } = config
    const signedRequest = readForm(message)
    if (secret === undefined || orgId === undefined || signedRequest === undefined) return undefined
    const maxAgeMs = config.canvas_max_age_minutes * minuteMs
    const secrets = [secret, ...(previous === undefined ? [] : [previous])]
    const request = openCanvasRequest(signedRequest, { secrets, now, maxAgeMs })
    if (request?.context.organization.organizationId !== toId18(orgId)) return undefined
    return toPageCall(request, signedRequest, issuedAtMs(request) + maxAgeMs)
  },
}

/** The one field `signed_request` of a posted form; two of them could be read one way here and another way elsewhere. */
function readForm({ method, body }: WebhookMessage): string | undefined {
  // Every character may come as three ("%2B").
  if (method !== 'POST' || body.byteLength > longestEnvelope * 3) return undefined
  const [signedRequest, ...others] = new URLSearchParams(new TextDecoder().decode(body)).getAll(
    'signed_request',
  )
  return others.length === 0 ? signedRequest : undefined
}

function toPageCall(request: CanvasRequest, signedRequest: string, staleAt: number): PageCall | undefined {
  const { client, context, userId } = request
  const origins = orgOrigins(client.instanceUrl, client.targetOrigin)
  if (origins.length === 0) return undefined
  return {
    digest: createHash('sha256').update(signedRequest).digest('hex'),
    staleAt,
    viewer: toId18(userId),
    language: context.user?.language ?? '',
    record: recordOf(context.environment),
    origins,
  }
}

function recordOf(environment: CanvasRequest['context']['environment']): PageCall['record'] {
  const id = environment?.record?.Id ?? environment?.parameters?.recordId ?? ''
  const object = personObjectOf(id)
  return object && { stream: streams[object], externalId: toId18(id) }
}
