import { createHmac } from 'node:crypto'

/** What is posted, before it is signed. */
export interface Message {
  /** The same for every attempt, so that a receiver knows a repetition. */
  readonly id: string
  readonly body: string
}

/**
 * Headers of Standard Webhooks, version 1: HMAC-SHA-256 over "id.timestamp.body", one signature per secret, the newest first
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md). `at`: epoch milliseconds of this attempt.
 */
export function signMessage(
  { id, body }: Message,
  secrets: readonly string[],
  at: number,
): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000))
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`, 'utf8').digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}
