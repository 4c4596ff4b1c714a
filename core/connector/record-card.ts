import type { WebhookMessage } from './signal.ts'

/** A card that a platform shows beside one of its records, and fills with what the hub answers about it. */
export interface RecordCard<Config> {
  /**
   * Reads what the platform asked: undefined unless its signature is right, it is fresh at `now` and it comes from the account of the
   * connection. Never throws. The same call may come twice, as platforms try again: it changes nothing.
   */
  readonly open: (config: Config, message: WebhookMessage, now: number) => CardCall | undefined
}

/** One proven call of a card. */
export interface CardCall {
  /** Who looks, by the platform's own id of the user; for the audit log. Empty when it does not say. */
  readonly viewer: string
  /** Language of the user as the platform writes it: "fr", "en_US"; empty when it does not say. */
  readonly language: string
  /** The record that the card stands beside; undefined when it is none that may stand for a person. */
  readonly record: { readonly stream: string; readonly externalId: string } | undefined
}
