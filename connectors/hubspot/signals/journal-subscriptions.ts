import { z } from 'zod'
import type { HubspotContext } from '../config.ts'
import { hubspotId } from '../mapping.ts'
import { callJournal, subscriptionsPath } from './journal-request.ts'

const subscriptionShape = z.object({
  subscriptionType: z.string(),
  portalId: hubspotId.nullish(),
  objectTypeId: z.string().nullish(),
  actions: z.array(z.string()).default([]).catch([]),
})
const subscriptionsAnswer = z.object({ results: z.array(subscriptionShape) })

/** Event types of the life of an app in an account: uninstalled. */
const uninstallEventType = '4-1916193'

interface WantedSubscription {
  readonly subscriptionType: string
  readonly objectTypeId?: string
  readonly actions?: readonly string[]
  readonly body: Readonly<Record<string, unknown>>
}

const contactActions = ['CREATE', 'UPDATE', 'DELETE', 'MERGE', 'RESTORE']
const linkActions = ['ASSOCIATION_ADDED', 'ASSOCIATION_REMOVED']
const memberActions = ['ADDED_TO_LIST', 'REMOVED_FROM_LIST']

/** Properties whose changes are worth a signal of their own: identifiers, life cycle and opt-out. Others wait for the next pull. */
const watchedProperties = ['email', 'hs_additional_emails', 'hs_email_optout', 'lifecyclestage']

/** What the hub wants to hear of one account. Of all lists: which of them it fills is known to the hub alone. */
function wantedSubscriptions(portalId: number): WantedSubscription[] {
  const of = (
    subscriptionType: string,
    objectTypeId: string,
    actions: readonly string[],
    more: object = {},
  ): WantedSubscription => ({
    subscriptionType,
    objectTypeId,
    actions,
    body: { subscriptionType, portalId, objectTypeId, actions, ...more },
  })
  return [
    of('OBJECT', '0-1', contactActions, { properties: watchedProperties }),
    of('ASSOCIATION', '0-1', linkActions, { associatedObjectTypeIds: ['0-2'] }),
    of('GDPR_PRIVACY_DELETION', '0-1', ['GDPR_DELETE']),
    {
      subscriptionType: 'LIST_MEMBERSHIP',
      actions: memberActions,
      body: { subscriptionType: 'LIST_MEMBERSHIP', portalId, actions: memberActions },
    },
    {
      subscriptionType: 'APP_LIFECYCLE_EVENT',
      body: { subscriptionType: 'APP_LIFECYCLE_EVENT', eventTypeId: uninstallEventType, properties: [] },
    },
  ]
}

/** Subscribes the journal to what is missing for this account; looks first, so that a restart subscribes nothing twice. */
export async function ensureSubscriptions(
  context: HubspotContext,
  portalId: string,
  signal: AbortSignal,
): Promise<void> {
  const { results } = await callJournal(context, {
    act: 'reading the subscriptions of the webhooks journal',
    method: 'GET',
    path: subscriptionsPath,
    answer: subscriptionsAnswer,
    repeatable: true,
    signal,
  })
  for (const wanted of wantedSubscriptions(Number(portalId))) {
    if (results.some((found) => covers(found, wanted, portalId))) continue
    await callJournal(context, {
      act: 'subscribing to the webhooks journal',
      method: 'POST',
      path: subscriptionsPath,
      body: wanted.body,
      answer: z.looseObject({}),
      // Sent twice it would be told twice; the look before finds it next time.
      repeatable: false,
      signal,
    })
  }
}

function covers(
  found: z.output<typeof subscriptionShape>,
  wanted: WantedSubscription,
  portalId: string,
): boolean {
  if (found.subscriptionType !== wanted.subscriptionType) return false
  // The life of the app is told for all accounts by one subscription.
  if (wanted.body['portalId'] !== undefined && found.portalId !== portalId) return false
  if (wanted.objectTypeId !== undefined && found.objectTypeId !== wanted.objectTypeId) return false
  return (wanted.actions ?? []).every((action) => found.actions.includes(action))
}
