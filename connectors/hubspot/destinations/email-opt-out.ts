import { z } from 'zod'
import type { Audience, Destination, WriteRequest } from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import { openAccount } from '../account.ts'
import type { HubspotConfig, HubspotContext } from '../config.ts'
import { rejected, toDrafts } from './draft.ts'
import { readSubscriptionTypes } from './subscriptions.ts'
import { allSubscriptions, unsubscribe } from './unsubscribe.ts'

/** Name of the audience that means: leave every kind of e-mail. */
const allName = 'All e-mail'

/** Setting: members are unsubscribed only where the consent that is mapped to `consent` is denied. */
const onlyDenied = 'only_denied'
const settings = z.strictObject({
  [onlyDenied]: z.boolean().default(false).meta({
    description:
      'Unsubscribe only members whose mapped consent is denied. Without it every member of the segment is unsubscribed.',
  }),
})

/**
 * People who are to get no e-mail (of one subscription type) from HubSpot. Nobody is ever subscribed again: there is no `remove`,
 * since an opt-out always wins and HubSpot refuses to undo what a person chose.
 */
export const emailOptOut: Destination<HubspotConfig> = {
  kind: 'email_opt_out',
  description: `Unsubscribes people from e-mail: from everything (the audience "${allName}") or from the subscription type that the audience is named after. Never subscribes anybody.`,
  capabilities: { update: true, repeatable: true },
  fields: {
    email: { type: 'text', description: 'E-mail address that is unsubscribed.', matches: 'email' },
    consent: {
      type: 'text',
      description: 'What the person decided, from a consent: only "denied" is unsubscribed.',
      neededBy: onlyDenied,
    },
  },
  settings,
  recordsPerBatch: 1000,
  // By hundreds on Marketing Hub Enterprise; elsewhere one by one.
  callsPerBatch: (records) => Math.ceil(records / 100),
  find: findSubscription,
  add,
}

async function findSubscription(
  context: HubspotContext,
  wanted: { name: string; externalId?: string },
): Promise<Audience | null> {
  const { uiDomain, portalId } = await openAccount(context)
  const url = `https://${uiDomain}/settings/${portalId}/marketing/email/subscription-types`
  if (wanted.externalId === allSubscriptions || wanted.name === allName)
    return { externalId: allSubscriptions, name: allName, url }
  const types = await readSubscriptionTypes(context)
  const found =
    types.find(({ id }) => id === wanted.externalId) ?? types.find(({ name }) => name === wanted.name)
  return found ? { externalId: found.id, name: found.name, url } : null
}

async function add(context: HubspotContext, request: WriteRequest): Promise<readonly Outcome[]> {
  const { audience, records, signal } = request
  signal.throwIfAborted()
  // Consent is kept by address: contact ids do not name anybody here.
  const drafts = toDrafts(
    records.map(({ fields }) => ({ fields: { email: fields['email'] ?? null } })),
    context.config.unique_property,
  )
  if (request.settings?.[onlyDenied] === true)
    for (const [index, { fields }] of records.entries()) {
      const draft = drafts[index]
      // Who granted or has not decided is left alone: nothing here ever subscribes anybody.
      if (draft && fields['consent'] !== 'denied') draft.outcome = notOptedOut
    }
  const emails = drafts.flatMap(({ email, outcome }) =>
    outcome === undefined && email !== undefined ? [email] : [],
  )
  const outcomes = await unsubscribe(context, { subscription: audience.externalId, signal }, [
    ...new Set(emails),
  ])
  return drafts.map(
    ({ email, outcome }) =>
      outcome ??
      outcomes.get(email ?? '') ??
      rejected('missing_identifier', 'There is no e-mail address to unsubscribe.'),
  )
}

const notOptedOut: Outcome = {
  status: 'skipped',
  reason: { code: 'not_opted_out', message: 'The person has not denied consent.' },
}
