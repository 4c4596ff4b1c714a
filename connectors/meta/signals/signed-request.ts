import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { WebhookMessage } from '../../../core/connector/signal.ts'

const payloadShape = z.looseObject({ algorithm: z.string() })

/** Longest that is looked at: Meta's are some hundred characters. */
const maxLength = 16_384

/**
 * The content of Meta's `signed_request` when its signature is right, else undefined; never throws. Format: base64url(signature) "."
 * base64url(JSON), with or without padding; the signature is HMAC-SHA256 over the second part as it was sent, under the app secret
 * (https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback).
 */
export function readSignedRequest(
  text: string,
  appSecret: string,
): Readonly<Record<string, unknown>> | undefined {
  if (text.length > maxLength || !/^[\w-]+={0,2}\.[\w-]+={0,2}$/.test(text)) return undefined
  const [signature = '', payload = ''] = text.split('.')
  const expected = createHmac('sha256', appSecret).update(payload).digest('base64url')
  // As text: the last character of a signature has bits that decoding ignores, and would stand for four signatures.
  if (!isSame(signature.replace(/=+$/, ''), expected)) return undefined
  const content = payloadShape.safeParse(parseJson(Buffer.from(payload, 'base64url').toString('utf8'))).data
  // Case differs between Meta's pages.
  return content?.algorithm.toUpperCase() === 'HMAC-SHA256' ? content : undefined
}

/** Digests, because texts of different lengths cannot be compared in constant time. */
const isSame = (given: string, expected: string): boolean => timingSafeEqual(digest(given), digest(expected))

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** The content of the form field `signed_request`; undefined without the app secret, and for what is no POST. Never throws. */
export function readSignedForm(
  appSecret: string | undefined,
  { method, body }: WebhookMessage,
): Readonly<Record<string, unknown>> | undefined {
  if (appSecret === undefined || method.toUpperCase() !== 'POST') return undefined
  const form = new URLSearchParams(new TextDecoder().decode(body))
  return readSignedRequest(form.get('signed_request') ?? '', appSecret)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
