import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { WebhookMessage } from '../../../core/connector/signal.ts'

/** Messages older than this are refused (https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation). */
const oldestMs = 300_000
/** The vendor allows five minutes into the future too; a clock that is more than a minute ahead is more likely forged. */
const futureMs = 60_000

/** The only escapes that HubSpot decodes in the address before it signs: `: / ? @ ! $ ' ( ) * , ;` */
const decodedEscapes = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi

/**
 * Signature v3: base64 of HMAC-SHA256 over method, address, raw body and timestamp, under the app's client secret. Several secrets
 * are those before and after a rotation. Constant time.
 */
export function isSignedV3(message: WebhookMessage, secrets: readonly string[], now: number): boolean {
  const { method, headers, body } = message
  const given = headers['x-hubspot-signature-v3'] ?? ''
  const timestamp = headers['x-hubspot-request-timestamp'] ?? ''
  if (given === '' || !/^\d{1,16}$/.test(timestamp)) return false
  const age = now - Number(timestamp)
  if (age > oldestMs || age < -futureMs) return false
  const address = message.url.replaceAll(decodedEscapes, (escape) => decodeURIComponent(escape))
  return secrets.some((secret) => {
    const hmac = createHmac('sha256', secret).update(`${method.toUpperCase()}${address}`)
    return isSame(given, hmac.update(body).update(timestamp).digest('base64'))
  })
}

/**
 * Signature v2, of workflow actions: hexadecimal SHA-256 over secret, method, address and raw body. It carries no time, so an old
 * message passes as well: what it brings must do no harm when it comes again.
 */
export function isSignedV2(
  { method, url, headers, body }: WebhookMessage,
  secrets: readonly string[],
): boolean {
  const given = headers['x-hubspot-signature'] ?? ''
  if (headers['x-hubspot-signature-version'] !== 'v2' || given === '') return false
  return secrets.some((secret) => {
    const hash = createHash('sha256').update(`${secret}${method.toUpperCase()}${url}`)
    return isSame(given, hash.update(body).digest('hex'))
  })
}

/** Digests first: lengths that differ must not be told by time either. */
const isSame = (given: string, expected: string): boolean => timingSafeEqual(digest(given), digest(expected))

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
