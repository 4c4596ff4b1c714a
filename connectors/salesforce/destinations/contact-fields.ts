import type { Audience, Destination, WriteRequest } from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import type { SalesforceConfig, SalesforceContext } from '../config.ts'
import { personFields } from './campaign.ts'
import { toDraft } from './draft.ts'
import { outcomeOfDraft } from './settle.ts'
import { writePeople } from './write-people.ts'

/** The one "audience" of this kind: all contacts and leads of the org. */
const everybody: Audience = { externalId: 'people', name: 'people' }

/** Fields of people, kept equal to the hub's. Nobody is ever taken off: there is nothing to be taken off from. */
export const contactFields: Destination<SalesforceConfig> = {
  kind: 'contact_fields',
  description:
    'Fields of contacts and leads (audience "people"). People whom the org lacks are created as leads.',
  capabilities: { update: true, repeatable: true },
  fields: personFields,
  openFields: true,
  keyIdentifier: 'salesforce_contact_id',
  recordsPerBatch: 10_000,
  callsPerBatch: (records) => 3 * Math.ceil(records / 200),
  find: (_context, { name }) => Promise.resolve(name === everybody.name ? everybody : null),
  add,
}

async function add(context: SalesforceContext, request: WriteRequest): Promise<readonly Outcome[]> {
  request.signal.throwIfAborted()
  const drafts = request.records.map((record) => toDraft(record, context.config.external_id_field))
  await writePeople(context, drafts, request.signal)
  for (const draft of drafts)
    if (!draft.outcome && draft.person) draft.outcome = { status: 'applied', key: draft.person.id }
  return drafts.map(outcomeOfDraft)
}
