import { createHash } from 'node:crypto'
import type { JsonValue } from '../../core/port/json.ts'
import type { Message } from './sign-message.ts'

/** What a message is about. */
type MessageType = 'audience.entered' | 'audience.exited' | 'person.erased' | 'affluent.test'

/** What a message says, and what makes it this one and no other. */
export interface MessageContent {
  readonly type: MessageType
  readonly data: Readonly<Record<string, JsonValue>>
  /** Epoch milliseconds. */
  readonly at: number
  /** The order it belongs to: a message of the same order and content is a repetition. */
  readonly order: string
}

/** Makes the message of Standard Webhooks: type, timestamp and data, under an id that says nothing of what is in it. */
export function toMessage({ type, data, at, order }: MessageContent): Message {
  const digest = createHash('sha256')
    .update(JSON.stringify([order, type, data]))
    .digest('base64url')
  return {
    id: `msg_${digest.slice(0, 32)}`,
    body: JSON.stringify({ type, timestamp: new Date(at).toISOString(), data }),
  }
}
