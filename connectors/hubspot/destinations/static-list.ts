import type { Destination, WriteRequest } from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import type { HubspotConfig, HubspotContext } from '../config.ts'
import { rejected, toDraft, unsettled, type Draft } from './draft.ts'
import { findByEmail, findPresentIds } from './find-contacts.ts'
import { createList, findList, readListSize } from './lists.ts'
import { changeMembers, membershipsPerRequest, readMembers, type MembershipChange } from './memberships.ts'
import { contactIds, notFound, writeContacts } from './write-contacts.ts'

/** A MANUAL list of contacts: only our writes change its members. */
export const staticList: Destination<HubspotConfig> = {
  kind: 'static_list',
  description: 'A static list of contacts ("segment" in HubSpot). Contacts that are missing are created.',
  capabilities: {
    remove: true,
    update: true,
    readMembers: true,
    readSize: true,
    create: true,
    repeatable: true,
  },
  fields: {
    email: {
      type: 'text',
      description: 'E-mail address: finds the contact, or is given to a new one.',
      matches: 'email',
    },
    phone: { type: 'text', description: 'Phone number.' },
    mobilephone: { type: 'text', description: 'Mobile phone number.' },
    firstname: { type: 'text', description: 'First name.' },
    lastname: { type: 'text', description: 'Last name.' },
    company: { type: 'text', description: 'Company name.' },
    jobtitle: { type: 'text', description: 'Job title.' },
    address: { type: 'text', description: 'Street address.' },
    zip: { type: 'text', description: 'Postal code.' },
    city: { type: 'text', description: 'City.' },
    state: { type: 'text', description: 'State or region.' },
    country: { type: 'text', description: 'Country.' },
    lifecyclestage: { type: 'text', description: 'Life-cycle stage; only moves forward.' },
  },
  openFields: true,
  keyIdentifier: 'hubspot_contact_id',
  recordsPerBatch: membershipsPerRequest,
  find: findList,
  create: createList,
  add,
  remove,
  readMembers,
  readSize: readListSize,
}

async function add(context: HubspotContext, request: WriteRequest): Promise<readonly Outcome[]> {
  const { audience, signal } = request
  signal.throwIfAborted()
  const drafts = toDrafts(context, request)
  await writeContacts(context, drafts, signal)
  await changeAll(context, request, {
    operation: 'add',
    drafts: unsettled(drafts),
    settle: (draft, { changed }) => {
      const key = draft.contactId ?? ''
      return changed.has(key) || draft.isWritten
        ? { status: 'applied', key }
        : {
            status: 'skipped',
            key,
            reason: { code: 'already_member', message: `Already on the list ${audience.externalId}.` },
          }
    },
    missing: () => rejected(notFound, 'HubSpot has no contact with this id (any more).'),
  })
  return drafts.map(outcomeOf)
}

async function remove(context: HubspotContext, request: WriteRequest): Promise<readonly Outcome[]> {
  const { signal } = request
  signal.throwIfAborted()
  const drafts = toDrafts(context, request)
  const gone = {
    status: 'skipped',
    reason: { code: notFound, message: 'HubSpot has no such contact.' },
  } as const
  await locate(context, drafts, signal)
  for (const draft of unsettled(drafts)) if (draft.contactId === undefined) draft.outcome = gone
  await changeAll(context, request, {
    operation: 'remove',
    drafts: unsettled(drafts),
    settle: (draft, { changed }) =>
      changed.has(draft.contactId ?? '')
        ? { status: 'applied', key: draft.contactId ?? '' }
        : { status: 'skipped', reason: { code: 'not_a_member', message: 'Was not on the list.' } },
    missing: () => gone,
  })
  return drafts.map(outcomeOf)
}

const toDrafts = (context: HubspotContext, { records }: WriteRequest): Draft[] =>
  records.map((record, index) => toDraft(record, index, context.config.unique_property))

async function locate(context: HubspotContext, drafts: readonly Draft[], signal: AbortSignal): Promise<void> {
  const unknown = unsettled(drafts).filter((draft) => draft.contactId === undefined)
  const emails = unknown.flatMap((draft) => draft.email ?? [])
  const found = await findByEmail(context, emails, signal)
  for (const draft of unknown) draft.contactId = found.get(draft.email ?? '')
}

interface MemberWork {
  readonly operation: 'add' | 'remove'
  readonly drafts: readonly Draft[]
  readonly settle: (draft: Draft, change: MembershipChange) => Outcome
  readonly missing: () => Outcome
}

/** One membership request; contacts that it misses may live on under another id after a merge, which is tried once. */
async function changeAll(context: HubspotContext, request: WriteRequest, work: MemberWork): Promise<void> {
  const change = await changeOnce(context, request, work, work.drafts)
  const lost = work.drafts.filter((draft) => change.missing.has(draft.contactId ?? ''))
  if (lost.length === 0) return
  const present = await findPresentIds(context, contactIds(lost), request.signal)
  const moved = lost.filter((draft) => {
    const id = present.get(draft.contactId ?? '')
    if (id === undefined || id === draft.contactId) return false
    draft.contactId = id
    return true
  })
  await changeOnce(context, request, work, moved)
}

async function changeOnce(
  context: HubspotContext,
  { audience, signal }: WriteRequest,
  { operation, settle, missing }: MemberWork,
  drafts: readonly Draft[],
): Promise<MembershipChange> {
  const change = await changeMembers(context, audience, { operation, ids: contactIds(drafts), signal })
  for (const draft of drafts)
    draft.outcome = change.missing.has(draft.contactId ?? '') ? missing() : settle(draft, change)
  return change
}

/** Every draft has been settled by now; one that is not was left out of an answer. */
function outcomeOf(draft: Draft): Outcome {
  return (
    draft.outcome ?? {
      status: 'unknown',
      reason: { code: 'not_answered', message: 'HubSpot did not answer for this record.' },
    }
  )
}
