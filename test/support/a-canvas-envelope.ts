import { createHmac } from 'node:crypto'
import type { SignedMessage } from './signed-webhooks.ts'

/** The org that the envelopes come from, and where it lives. */
export const canvasOrg = {
  orgId: '00D5g000004ABCDEA4',
  instanceUrl: 'https://acme.my.salesforce.com',
  lightning: 'https://acme.lightning.force.com',
  userId: '0055g000009ABCDAA4',
}

/** A token that must be found nowhere afterwards. */
export const canvasToken = '00D5g000004ABCD!AQ4AQFakeSessionTokenOfTheEnvelope'

export interface EnvelopeWish {
  readonly recordId?: string
  readonly language?: string
  readonly orgId?: string
  readonly algorithm?: string
  /** Takes the place of the whole content. */
  readonly content?: unknown
}

/** The content of an envelope as Salesforce writes it, issued at the instant (epoch milliseconds). */
export function canvasContent(at: number, wish: EnvelopeWish = {}): Record<string, unknown> {
  return {
    algorithm: wish.algorithm ?? 'HMACSHA256',
    issuedAt: Math.floor(at / 1000),
    userId: canvasOrg.userId,
    client: {
      oauthToken: canvasToken,
      refreshToken: null,
      instanceId: '_:Affluent:j_id0:j_id1:canvasapp',
      instanceUrl: canvasOrg.instanceUrl,
      targetOrigin: canvasOrg.lightning,
    },
    context: {
      application: { developerName: 'Affluent', authType: 'SIGNED_REQUEST', version: '1.0' },
      user: { userId: canvasOrg.userId, userName: 'rep@acme.test', language: wish.language ?? 'en_US' },
      organization: { organizationId: wish.orgId ?? canvasOrg.orgId, name: 'Acme' },
      environment: {
        displayLocation: 'PageLayout',
        parameters: {},
        record: wish.recordId === undefined ? {} : { attributes: { type: 'Contact' }, Id: wish.recordId },
      },
      links: { chatterFeedsUrl: '/services/data/v67.0/chatter/feeds' },
    },
  }
}

/** `<base64 signature>.<base64 JSON>`. */
export function signEnvelope(content: unknown, secret: string): string {
  const encoded = Buffer.from(JSON.stringify(content)).toString('base64')
  return `${createHmac('sha256', secret).update(encoded).digest('base64')}.${encoded}`
}

/** The form that a browser posts to the canvas address of a connection. */
export const canvasForm = (path: string, signedRequest: string): SignedMessage => ({
  path,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new TextEncoder().encode(new URLSearchParams({ signed_request: signedRequest }).toString()),
})
