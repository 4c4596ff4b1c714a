import { createHash, createHmac } from 'node:crypto'

/** A message before it is sent: what a platform would post to `path` of the hub. */
export interface SignedMessage {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

interface HubspotMessage {
  readonly publicUrl: string
  readonly path: string
  readonly body: string
  readonly secret: string
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Signed as HubSpot signs what it pushes (v3) at the instant, epoch milliseconds. */
export function signHubspotV3({ publicUrl, path, body, secret }: HubspotMessage, at: number): SignedMessage {
  const signed = createHmac('sha256', secret).update(`POST${publicUrl}${path}${body}${at}`).digest('base64')
  return {
    path,
    headers: {
      'content-type': 'application/json',
      'x-hubspot-signature-v3': signed,
      'x-hubspot-request-timestamp': String(at),
    },
    body: bytes(body),
  }
}

/** Signed as HubSpot signs calls of workflow actions (v2). */
export function signHubspotV2({ publicUrl, path, body, secret }: HubspotMessage): SignedMessage {
  const signed = createHash('sha256').update(`${secret}POST${publicUrl}${path}${body}`).digest('hex')
  return {
    path,
    headers: {
      'content-type': 'application/json',
      'x-hubspot-signature': signed,
      'x-hubspot-signature-version': 'v2',
    },
    body: bytes(body),
  }
}

/** A form with Meta's `signed_request`, payload without padding, as real callbacks come. */
export function signMeta(path: string, content: object, secret: string): SignedMessage {
  const payload = Buffer.from(JSON.stringify({ algorithm: 'HMAC-SHA256', ...content })).toString('base64url')
  const signature = createHmac('sha256', secret).update(payload).digest('base64url')
  return {
    path,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: bytes(new URLSearchParams({ signed_request: `${signature}.${payload}` }).toString()),
  }
}
