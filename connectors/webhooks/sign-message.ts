import { createHmac } from 'node:crypto'

/** What is posted, before it is signed. */
export interface Message {
  /** The same for every attempt, so that a receiver knows a repetition. */
  readonly id: string
  readonly body: string
}

/**
 * Headers of Standard Webhooks, version 1: HMAC-SHA-256 over "id.timestamp.body", one signature per secret, the newest first
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md); none without a secret. `at`: epoch milliseconds
 * of this attempt.
 */
export function signMessage(
  { id, body }: Message,
  secrets: readonly string[],
  at: number,
): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000))
  const signatures = secrets.map(
    (secret) =>
      `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`, 'utf8').digest('base64')}`,
  )
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(signatures.length > 0 && { 'webhook-signature': signatures.join(' ') }),
  }
}

const prefix = 'whsec_'

/** The bytes behind "whsec_" in base64, as the standard writes secrets; any other text as it is, which its libraries call "raw". */
const keyOf = (secret: string): Buffer =>
  secret.startsWith(prefix) ? Buffer.from(secret.slice(prefix.length), 'base64') : Buffer.from(secret, 'utf8')
