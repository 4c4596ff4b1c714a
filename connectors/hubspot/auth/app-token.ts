import type { HubspotContext } from '../config.ts'
import { requestToken } from './token-request.ts'

/** Scopes of the webhooks journal. They belong to the app, not to an account. */
const journalScopes = [
  'developer.webhooks_journal.read',
  'developer.webhooks_journal.subscriptions.read',
  'developer.webhooks_journal.subscriptions.write',
]

/** A token is asked for anew this long before its end, as the hub does for grants. */
const aheadMs = 120_000

interface AppToken {
  readonly token: string
  readonly expiresAt: number
}

const tokens = new WeakMap<HubspotContext, Promise<AppToken>>()

/** The app's own bearer (client credentials), for the webhooks journal. Kept in memory: it can be had anew at any time. */
export async function appToken(context: HubspotContext): Promise<string> {
  const known = await tokens.get(context)
  if (known && known.expiresAt - aheadMs > context.clock.now()) return known.token
  const obtaining = obtain(context)
  tokens.set(context, obtaining)
  obtaining.catch(() => tokens.delete(context))
  return (await obtaining).token
}

/** Drops the token that HubSpot refused: the next call asks for another. */
export function forgetAppToken(context: HubspotContext): void {
  tokens.delete(context)
}

async function obtain(context: HubspotContext): Promise<AppToken> {
  const answer = await requestToken(context, "obtaining the app's own access", {
    grant_type: 'client_credentials',
    scope: journalScopes.join(' '),
  })
  return { token: answer.access_token, expiresAt: context.clock.now() + answer.expires_in * 1000 }
}
