import type { Audience, Destination, WriteRequest } from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import { openAccount } from '../account.ts'
import type { HubspotConfig, HubspotContext } from '../config.ts'
import { importNewcomers } from '../imports/import-newcomers.ts'
import { importSettings } from '../imports/import-setting.ts'
import { largeLoad } from '../imports/large-load.ts'
import { settleImport } from '../imports/settle-import.ts'
import { contactFields } from './contact-fields.ts'
import { outcomeOf, toDrafts, unsettled, type Draft } from './draft.ts'
import { writeContacts } from './write-contacts.ts'

/** The one audience of this kind: all contacts of the account. */
const audienceName = 'contacts'

/** Contacts themselves: creates who is missing and writes the mapped properties; nobody is ever deleted. */
export const contactsDestination: Destination<HubspotConfig> = {
  kind: 'contacts',
  description:
    'The contacts of the account. Creates those that are missing and writes the mapped properties. The audience is called "contacts".',
  capabilities: { update: true, repeatable: true },
  fields: contactFields,
  openFields: true,
  keyIdentifier: 'hubspot_contact_id',
  recordsPerBatch: 2000,
  // New people are looked up before they are written; known ones are written by id.
  callsPerBatch: (records) => 2 * Math.ceil(records / 100),
  settings: importSettings,
  largeLoad,
  find: findAudience,
  add,
  readJob: (context, job, taken) => settleImport(context, job, { taken, finish }),
}

async function findAudience(
  context: HubspotContext,
  wanted: { name: string; externalId?: string },
): Promise<Audience | null> {
  const { uiDomain, portalId } = await openAccount(context)
  if (wanted.name !== audienceName && wanted.externalId !== portalId) return null
  return { externalId: portalId, name: audienceName, url: `https://${uiDomain}/contacts/${portalId}` }
}

async function add(context: HubspotContext, request: WriteRequest): Promise<readonly Outcome[]> {
  request.signal.throwIfAborted()
  const drafts = toDrafts(request.records, context.config.unique_property)
  await importNewcomers(context, drafts, request)
  await finish(context, drafts, request)
  return drafts.map(outcomeOf)
}

/** Writes who is not written yet and settles everybody. */
async function finish(
  context: HubspotContext,
  drafts: readonly Draft[],
  { signal }: Pick<WriteRequest, 'signal'>,
): Promise<void> {
  await writeContacts(context, drafts, signal)
  for (const draft of unsettled(drafts)) {
    const key = draft.contactId ?? ''
    draft.outcome = draft.isWritten
      ? { status: 'applied', key }
      : { status: 'skipped', key, reason: { code: 'nothing_to_write', message: 'The contact is there.' } }
  }
}
