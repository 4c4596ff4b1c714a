import type { WebhookMessage } from './signal.ts'

/** A page of the hub that a platform shows within its own, beside one of its records. */
export interface EmbeddedPage<Config> {
  /**
   * Opens what the platform posted when somebody opened the page: undefined unless its signature is right, it is fresh at `now` and it comes
   * from the account of the connection. Never throws. Access that the platform hands over with it is left behind here.
   */
  readonly open: (config: Config, message: WebhookMessage, now: number) => PageCall | undefined
}

/** One proven call of an embedded page. */
export interface PageCall {
  /** Names this very call: SHA-256 of what was posted, hexadecimal. A call is good once. */
  readonly digest: string
  /** Epoch milliseconds after which the same call is refused as stale, so that nobody need remember it longer. */
  readonly staleAt: number
  /** Who looks, by the platform's own id of the user; for the audit log. */
  readonly viewer: string
  /** Language of the user as the platform writes it: "fr", "en_US"; empty when it does not say. */
  readonly language: string
  /** The record that the page stands beside; undefined when it is none that may stand for a person. */
  readonly record: { readonly stream: string; readonly externalId: string } | undefined
  /** Origins of the account, which may show the page in a frame: "https://acme.lightning.force.com". Never empty. */
  readonly origins: readonly string[]
}
