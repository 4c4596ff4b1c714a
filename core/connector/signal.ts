import type { JsonObject } from '../port/json.ts'
import type { ConnectorContext } from './connector.ts'
import type { Cursor } from './source.ts'

/**
 * A hint from the platform that something changed there. It is never trusted for values: the object is read again. Signals may come
 * twice, late, out of order or not at all; the next incremental pull finds what was missed.
 */
export interface ChangeSignal {
  /** Names the same change whenever it is told again: signals with a known id have no second effect. */
  readonly id: string
  readonly kind:
    | 'changed'
    | 'deleted'
    | 'merged'
    | 'erased'
    | 'member_added'
    | 'member_removed'
    | 'opted_out'
    | 'uninstalled'
    | 'picked'
    | 'dropped'
  /** Source stream of the object; absent for signals about the whole account. */
  readonly stream?: string
  /** The object's id; for merges the survivor. */
  readonly externalId?: string
  /** For opt-outs: the fields of the object that tell it, where the platform says so. Absent: every consent that the stream tells. */
  readonly fields?: readonly string[]
  /** Ids that were merged away. */
  readonly mergedIds?: readonly string[]
  /** The platform's id of the audience, for memberships. */
  readonly audienceId?: string
  /** The hub's segment that a workflow puts the object into (`picked`) or takes it out of (`dropped`): an order, not a hint. */
  readonly segment?: string
  /** Epoch milliseconds. */
  readonly occurredAt: number
}

export interface SignalPage {
  readonly signals: readonly ChangeSignal[]
  /** Kept durably once the signals are. */
  readonly cursor: Cursor
}

/** A feed of changes that the hub asks for: works without a public address. */
export interface SignalFeed<Config> {
  readonly name: string
  /** Pages from the cursor (null: from now) until there is nothing new. */
  readonly read: (
    context: ConnectorContext<Config>,
    request: { readonly cursor: Cursor | null; readonly signal: AbortSignal },
  ) => AsyncIterable<SignalPage>
}

/** A message the platform pushed, as it arrived: nothing parsed, nothing rebuilt. */
export interface WebhookMessage {
  readonly method: string
  /** The address as the platform called it: built from the configured public base, never from the Host header. */
  readonly url: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Where a person may follow what becomes of their request, and the code that names it. Made and kept by the hub. */
interface Confirmation {
  readonly url: string
  readonly code: string
  /** Why the hub will not do what was asked, as a word of English: nothing was kept. Absent: it will. */
  readonly refused?: string
}

/** What a webhook is answered with, where the platform reads the answer: JSON, or a text of its own type. */
export type WebhookAnswer =
  | { readonly status: number; readonly body: JsonObject }
  | { readonly status: number; readonly contentType: string; readonly text: string }

/** Messages that the platform pushes. Verified on raw bytes before anything is parsed. */
export interface Webhook<Config> {
  readonly name: string
  /** True when the signature is right and fresh at `now`; never throws. */
  readonly verify: (config: Config, message: WebhookMessage, now: number) => boolean
  /** Called only for verified messages. Throws `platform.invalid_request` when the content is not what is documented. */
  readonly parse: (config: Config, message: WebhookMessage) => readonly ChangeSignal[]
  /**
   * The answer to a verified message whose signals are kept, where the platform wants more than a plain 200. Default: 200, no body.
   * `confirmation` is the hub's own record of the request.
   */
  readonly answer?: (config: Config, message: WebhookMessage, confirmation: Confirmation) => WebhookAnswer
  /** The same answer to every verified message, once its signals are kept, also to those that tell nothing. Default: 200, no body. */
  readonly acknowledgement?: WebhookAnswer
}
