import type { Connection } from '../../core/connector/connector.ts'
import { toAffluentError } from '../../core/errors/affluent-error.ts'
import type { Logger } from '../../core/port/logger.ts'

/** Where a platform is to post what it pushes: what an admin enters in its settings. */
export interface WebhookAddress {
  readonly connection: string
  readonly url: string
}

/** The addresses of all webhooks of these connections; one that cannot be opened is told in the log. */
export async function readWebhookAddresses(
  connections: Iterable<string>,
  publicUrl: string,
  { connect, logger }: { readonly connect: (name: string) => Promise<Connection>; readonly logger: Logger },
): Promise<WebhookAddress[]> {
  const addresses: WebhookAddress[] = []
  for (const name of connections) {
    try {
      for (const { name: webhook } of (await connect(name)).webhooks)
        addresses.push({ connection: name, url: `${publicUrl}/webhooks/${name}/${webhook}` })
    } catch (thrown) {
      const { code } = toAffluentError(thrown, 'connecting')
      logger.warn('connection_unopened', { connection: name, code })
    }
  }
  return addresses
}
