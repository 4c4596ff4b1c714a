import type { BoundWebhook, Connection } from '../../core/connector/connector.ts'
import type { WebhookMessage } from '../../core/connector/signal.ts'
import { AffluentError, toAffluentError } from '../../core/errors/affluent-error.ts'
import type { ConnectionManifest } from '../../core/manifest/manifest.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { Inbox, ToldSignal } from '../../core/port/inbox.ts'
import type { Logger } from '../../core/port/logger.ts'
import { silentTelemetry, type Telemetry } from '../../core/port/telemetry.ts'
import type { ReceiveWebhook, WebhookPlace } from '../http/webhook-routes.ts'
import { commitTogether } from './commit-together.ts'
import { createRefusalLog, type NoteRefusal } from './refusal-log.ts'

export interface WebhookReceiverOptions {
  readonly manifests: ReadonlyMap<string, ConnectionManifest>
  readonly connect: (name: string) => Promise<Connection>
  readonly inbox: Pick<Inbox, 'keepSignals' | 'codeOf'>
  /** Why a proven order cannot be carried out; undefined: it can. Absent: all can. */
  readonly refuse?: (told: ToldSignal) => string | undefined
  /** Address of the hub as platforms and people call it, without a slash at its end. */
  readonly publicUrl: string
  /** Told when signals wait that did not before. */
  readonly onKept: () => void
  readonly clock: Clock
  readonly logger: Logger
  /** Whose trace a signal is kept with, and who is told how messages fare. Default: nobody. */
  readonly telemetry?: Telemetry
}

interface Receiver extends WebhookReceiverOptions {
  readonly noteRefusal: NoteRefusal
}

interface Account {
  readonly name: string
  readonly webhook: BoundWebhook
}

/**
 * Takes messages that platforms push: proves them on their raw bytes with the secret of the connection in the address, keeps their
 * signals durably, and only then lets them be acknowledged. The cycle follows the signals later. Nothing of a message that is not
 * proven is parsed, kept or logged.
 */
export function createWebhookReceiver(options: WebhookReceiverOptions): ReceiveWebhook {
  const { inbox, manifests, publicUrl, onKept } = options
  const keep = commitTogether((told: readonly ToldSignal[]) => inbox.keepSignals(told))
  const noteRefusal = createRefusalLog(options.clock, options.logger)
  const receiver: Receiver = { ...options, noteRefusal }
  const { telemetry = silentTelemetry } = options
  const take: ReceiveWebhook = async (place, message) => {
    const account = await openAccount(receiver, place.connection, place.webhook)
    if (!account || !isProven(account, message, receiver)) {
      noteRefusal(manifests.has(place.connection) ? place.connection : undefined)
      throw new AffluentError('api.webhook_refused')
    }
    const { told, unreadable } = readSignals(
      [account, ...(await sharingAccounts(receiver, place, message))],
      message,
    )
    for (const { name, code } of unreadable) noteRefusal(name, code)
    if (told.length === 0 && unreadable.length > 0) throw new AffluentError('api.webhook_unreadable')
    const [asked] = told
    if (!asked) return account.webhook.acknowledgement
    const refused = options.refuse?.(asked)
    const kept = told.filter((one) => options.refuse?.(one) === undefined)
    if (kept.length > 0) {
      await keep(kept.map((one) => ({ ...one, trace: telemetry.carried() })))
      onKept()
    }
    if (!account.webhook.answer) return account.webhook.acknowledgement
    const code = inbox.codeOf(asked)
    return account.webhook.answer(message, {
      code,
      url: `${publicUrl}/requests/${code}`,
      ...(refused !== undefined && { refused }),
    })
  }
  return async (place, message) => {
    const connector = manifests.get(place.connection)?.connector ?? 'unknown'
    try {
      const answer = await take(place, message)
      telemetry.count('webhooks', { connector, result: 'accepted' })
      return answer
    } catch (thrown) {
      const { code } = toAffluentError(thrown, 'reading a webhook')
      telemetry.count('webhooks', { connector, result: code })
      throw thrown
    }
  }
}

/** The connection's webhook; undefined when there is none of that name, or the connection cannot be opened. */
async function openAccount(
  { manifests, connect, noteRefusal }: Receiver,
  name: string,
  webhookName: string,
): Promise<Account | undefined> {
  if (!manifests.has(name)) return undefined
  try {
    const webhook = (await connect(name)).webhooks.find((candidate) => candidate.name === webhookName)
    return webhook && { name, webhook }
  } catch (thrown) {
    noteRefusal(name, toAffluentError(thrown, 'connecting').code)
    return undefined
  }
}

function isProven(
  { name, webhook }: Account,
  message: WebhookMessage,
  { clock, noteRefusal }: Receiver,
): boolean {
  try {
    return webhook.verify(message, clock.now())
  } catch (thrown) {
    // The contract forbids it; a message that breaks the check has proven nothing.
    noteRefusal(name, toAffluentError(thrown, 'verifying a webhook').code)
    return false
  }
}

/**
 * Other connections of the same connector that the message proves itself to as well: HubSpot and Meta know one address for all
 * accounts of an app. Each takes what concerns its account.
 */
async function sharingAccounts(
  receiver: Receiver,
  place: WebhookPlace,
  message: WebhookMessage,
): Promise<Account[]> {
  const connector = receiver.manifests.get(place.connection)?.connector
  const accounts: Account[] = []
  for (const manifest of receiver.manifests.values()) {
    if (manifest.connector !== connector || manifest.name === place.connection) continue
    const account = await openAccount(receiver, manifest.name, place.webhook)
    if (account && isProven(account, message, receiver)) accounts.push(account)
  }
  return accounts
}

/** An account that cannot read the message does not cost the others theirs. */
function readSignals(
  accounts: readonly Account[],
  message: WebhookMessage,
): { readonly told: ToldSignal[]; readonly unreadable: { readonly name: string; readonly code: string }[] } {
  const told: ToldSignal[] = []
  const unreadable: { name: string; code: string }[] = []
  for (const { name, webhook } of accounts) {
    try {
      for (const signal of webhook.parse(message)) told.push({ connection: name, signal })
    } catch (thrown) {
      unreadable.push({ name, code: toAffluentError(thrown, 'reading a webhook').code })
    }
  }
  return { told, unreadable }
}
