import type { Destination, WriteRequest } from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import type { HubspotConfig, HubspotContext } from '../config.ts'
import { importNewcomers } from '../imports/import-newcomers.ts'
import { importSettings } from '../imports/import-setting.ts'
import { largeLoad } from '../imports/large-load.ts'
import { settleImport } from '../imports/settle-import.ts'
import { contactFields } from './contact-fields.ts'
import { outcomeOf, rejected, toDrafts, unsettled, type Draft } from './draft.ts'
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
  fields: contactFields,
  openFields: true,
  keyIdentifier: 'hubspot_contact_id',
  recordsPerBatch: membershipsPerRequest,
  // New people are looked up and written by hundreds before all memberships go at once; known ones cost less.
  callsPerBatch: (records) => 2 * Math.ceil(records / 100) + 1,
  settings: importSettings,
  largeLoad,
  find: findList,
  create: createList,
  add,
  remove,
  readMembers,
  readSize: readListSize,
  readJob: (context, job, taken) => settleImport(context, job, { taken, finish }),
}

async function add(context: HubspotContext, request: WriteRequest): Promise<readonly Outcome[]> {
  request.signal.throwIfAborted()
  const drafts = toDrafts(request.records, context.config.unique_property)
  await importNewcomers(context, drafts, request)
  await finish(context, drafts, request)
  return drafts.map(outcomeOf)
}

type AudienceWrite = Pick<WriteRequest, 'audience' | 'signal'>

/** Writes who is not written yet, puts everybody on the list and settles them. */
async function finish(
  context: HubspotContext,
  drafts: readonly Draft[],
  request: AudienceWrite,
): Promise<void> {
  const { audience, signal } = request
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
}

async function remove(context: HubspotContext, request: WriteRequest): Promise<readonly Outcome[]> {
  const { signal } = request
  signal.throwIfAborted()
  const drafts = toDrafts(request.records, context.config.unique_property)
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
async function changeAll(context: HubspotContext, request: AudienceWrite, work: MemberWork): Promise<void> {
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
  { audience, signal }: AudienceWrite,
  { operation, settle, missing }: MemberWork,
  drafts: readonly Draft[],
): Promise<MembershipChange> {
  const change = await changeMembers(context, audience, { operation, ids: contactIds(drafts), signal })
  for (const draft of drafts)
    draft.outcome = change.missing.has(draft.contactId ?? '') ? missing() : settle(draft, change)
  return change
}
