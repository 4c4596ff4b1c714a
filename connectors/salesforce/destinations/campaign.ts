import type { Destination, DestinationField, WriteRequest } from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import type { SalesforceConfig, SalesforceContext } from '../config.ts'
import { createCampaign, findCampaign, readCampaignSize, requireCampaign } from './campaign-audience.ts'
import { deleteMembers, findMembers, insertMembers, readMembers } from './campaign-members.ts'
import { notFound, rejected, toDraft, unsettled, type Draft } from './draft.ts'
import { findPeople, readPeople, type Lookup } from './find-people.ts'
import { openPersonFields } from './person-fields.ts'
import { kindOf } from './record-errors.ts'
import { outcomeOf, outcomeOfDraft } from './settle.ts'
import { writePeople } from './write-people.ts'
import type { RowResult } from './write-rows.ts'

/** Fields that contacts and leads share. Any other field of theirs may be named too. */
export const personFields: Readonly<Record<string, DestinationField>> = {
  Email: {
    type: 'text',
    description: 'E-mail address: finds the person, or is given to a new one.',
    matches: 'email',
  },
  FirstName: { type: 'text', description: 'First name.' },
  LastName: { type: 'text', description: 'Last name. New people without one get `missing_text`.' },
  Title: { type: 'text', description: 'Job title.' },
  Phone: { type: 'text', description: 'Phone number.' },
  MobilePhone: { type: 'text', description: 'Mobile phone number.' },
  Company: { type: 'text', description: 'Company name; leads only.' },
}

/** A campaign whose members are the audience: only our writes change them. */
export const campaign: Destination<SalesforceConfig> = {
  kind: 'campaign',
  description: 'A campaign of contacts and leads. People whom the org lacks are created as leads.',
  capabilities: {
    remove: true,
    update: true,
    readMembers: true,
    readSize: true,
    create: true,
    repeatable: true,
  },
  fields: personFields,
  openFields: true,
  keyIdentifier: 'salesforce_contact_id',
  // One Bulk API job a batch: the platform notes (6.2) recommend 50,000 to 100,000 rows a job.
  recordsPerBatch: 50_000,
  // A look-up in contacts, one in leads, an upsert and a membership for each 200, when nobody is known yet.
  callsPerBatch: (records) => 4 * Math.ceil(records / 200),
  find: findCampaign,
  create: createCampaign,
  add,
  remove,
  readMembers,
  readSize: readCampaignSize,
}

async function add(context: SalesforceContext, request: WriteRequest): Promise<readonly Outcome[]> {
  const { signal } = request
  signal.throwIfAborted()
  const drafts = toDrafts(context, request)
  await writePeople(context, drafts, signal)
  const lost = await insert(context, request, unsettled(drafts))
  if (lost.length > 0) {
    // A campaign that is gone answers like a person who is: nobody is blamed for it.
    await requireCampaign(context, request.audience)
    await insert(context, request, await follow(context, lost, signal))
  }
  return drafts.map(outcomeOfDraft)
}

/** Returns those whose id leads nowhere any more. */
async function insert(
  context: SalesforceContext,
  { audience, signal }: WriteRequest,
  drafts: readonly Draft[],
): Promise<Draft[]> {
  const people = [...new Map(drafts.map(({ person }) => [person?.id, person])).values()]
    .filter((person) => person !== undefined)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  const results = await insertMembers(context, audience, people, signal)
  const byId = new Map(people.map((person, index) => [person.id, results[index]]))
  return drafts.filter((draft) => settleMember(draft, byId.get(draft.person?.id ?? '')))
}

function settleMember(draft: Draft, result: RowResult | undefined): boolean {
  const kind = result?.kind === 'refused' ? kindOf(result.refusal) : undefined
  draft.outcome =
    result?.kind === 'written' || kind === 'conflict'
      ? { status: 'applied', key: draft.person?.id ?? '' }
      : outcomeOf(result)
  return kind === 'stale' || kind === 'converted'
}

/** People who were merged or converted live on under another id. */
async function follow(
  context: SalesforceContext,
  drafts: readonly Draft[],
  signal: AbortSignal,
): Promise<Draft[]> {
  const lookup: Lookup = { context, fields: await openPersonFields(context, [], signal), signal }
  const present = await readPeople(
    lookup,
    drafts.flatMap(({ person }) => person?.id ?? []),
  )
  return drafts.filter((draft) => {
    const person = present.get(draft.person?.id ?? '')
    if (!person) draft.outcome = rejected(notFound, 'Salesforce has no such contact or lead (any more).')
    if (!person || person.id === draft.person?.id) return false
    draft.person = person
    return true
  })
}

async function remove(context: SalesforceContext, request: WriteRequest): Promise<readonly Outcome[]> {
  const { audience, signal } = request
  signal.throwIfAborted()
  const drafts = toDrafts(context, request)
  const unknown = unsettled(drafts).filter((draft) => !draft.person)
  if (unknown.length > 0)
    await findPeople({ context, fields: await openPersonFields(context, [], signal), signal }, unknown)
  for (const draft of unknown)
    if (!draft.person) draft.outcome = skipped(notFound, 'Nobody has this address.')
  let members = await findMembers(context, audience, idsOf(unsettled(drafts)), signal)
  const missing = unsettled(drafts).filter((draft) => !members.has(draft.person?.id ?? ''))
  const moved = missing.length > 0 ? await follow(context, missing, signal) : []
  if (moved.length > 0)
    members = new Map([...members, ...(await findMembers(context, audience, idsOf(moved), signal))])
  for (const draft of missing)
    if (!members.has(draft.person?.id ?? ''))
      draft.outcome = skipped('not_a_member', 'Was not on the campaign.')
  await removeMembers(context, unsettled(drafts), members, signal)
  return drafts.map(outcomeOfDraft)
}

async function removeMembers(
  context: SalesforceContext,
  drafts: readonly Draft[],
  members: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const ids = [...new Set(drafts.map((draft) => members.get(draft.person?.id ?? '') ?? ''))]
  const results = await deleteMembers(context, ids, signal)
  const byId = new Map(ids.map((id, index) => [id, results[index]]))
  for (const draft of drafts) {
    const result = byId.get(members.get(draft.person?.id ?? '') ?? '')
    const isGone = result?.kind === 'refused' && kindOf(result.refusal) === 'stale'
    draft.outcome =
      result?.kind === 'written' || isGone
        ? { status: 'applied', key: draft.person?.id ?? '' }
        : outcomeOf(result)
  }
}

const toDrafts = (context: SalesforceContext, { records }: WriteRequest): Draft[] =>
  records.map((record) => toDraft(record, context.config.external_id_field))

const idsOf = (drafts: readonly Draft[]): string[] => drafts.flatMap(({ person }) => person?.id ?? [])

const skipped = (code: string, message: string): Outcome => ({ status: 'skipped', reason: { code, message } })
