import type { Audience, Destination, WriteRequest } from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import type { SalesforceConfig, SalesforceContext } from '../config.ts'
import { fieldOf, missingFields } from '../describe.ts'
import { queryAllPages, textOf, type Row } from '../query.ts'
import type { PersonObject } from '../salesforce-id.ts'
import { chunkValues, encodedLength, soqlIn } from '../soql.ts'
import { toDraft, type Draft, type Person } from './draft.ts'
import { readPeople, type Lookup } from './find-people.ts'
import { openPersonFields, personAccountField, type PersonFields } from './person-fields.ts'
import { outcomeOf, outcomeOfDraft } from './settle.ts'
import { writeRows, type RowResult } from './write-rows.ts'

/** The one "audience" of this kind: everybody who has opted out of e-mail. */
const optedOut: Audience = { externalId: 'email_opt_out', name: 'email opt-out' }
const optOutField = 'HasOptedOutOfEmail'

/**
 * Marks people as opted out of e-mail: every contact and every lead that has the address, duplicates included, since one that is
 * overlooked would be mailed. Never takes an opt-out back.
 */
export const emailOptOut: Destination<SalesforceConfig> = {
  kind: 'email_opt_out',
  description:
    'Sets "Email Opt Out" on contacts and leads (audience "email opt-out"). It is never taken back.',
  capabilities: { repeatable: true },
  fields: { Email: { type: 'text', description: 'E-mail address.', matches: 'email' } },
  recordsPerBatch: 2000,
  callsPerBatch: (records) => 4 * Math.ceil(records / 200),
  find: (_context, { name }) => Promise.resolve(name === optedOut.name ? optedOut : null),
  add,
}

async function add(context: SalesforceContext, request: WriteRequest): Promise<readonly Outcome[]> {
  const { records, signal } = request
  signal.throwIfAborted()
  const drafts = records.map(({ fields }) => toDraft({ fields }, context.config.external_id_field))
  const open = drafts.filter((draft) => draft.outcome === undefined)
  if (open.length === 0) return drafts.map(outcomeOfDraft)
  const fields = await openPersonFields(context, [optOutField], signal)
  requireField(fields)
  const byEmail = new Map<string, Draft[]>()
  for (const draft of open) byEmail.set(draft.email ?? '', [...(byEmail.get(draft.email ?? '') ?? []), draft])
  await optOut({ lookup: { context, fields, signal }, byEmail })
  for (const draft of open)
    draft.outcome ??= {
      status: 'skipped',
      reason: { code: 'not_found_on_platform', message: 'Nobody in Salesforce has this address.' },
    }
  return drafts.map(outcomeOfDraft)
}

/** Some orgs hide it from the user: the opt-out would then be lost without a word. */
function requireField(fields: PersonFields): void {
  for (const object of ['Contact', 'Lead'] as const)
    if (fieldOf(fields[object], optOutField)?.updateable !== true)
      throw missingFields(object, [optOutField], 'opting people out of e-mail')
}

interface Work {
  readonly lookup: Lookup
  readonly byEmail: ReadonlyMap<string, readonly Draft[]>
}

/** A contact or lead, and the records that stand for it. */
interface Holder {
  readonly person: Person & { readonly row: Row }
  readonly drafts: readonly Draft[]
}

async function findHolders(work: Work): Promise<Holder[]> {
  const { lookup } = work
  const holders = [...(await findIn(work, 'Contact')), ...(await findIn(work, 'Lead'))]
  // A converted lead is read-only: the contact that it became is opted out in its place.
  const contactOf = ({ person: { row } }: Holder): string =>
    row['IsConverted'] === true ? (textOf(row, 'ConvertedContactId') ?? '') : ''
  const converted = holders.filter((holder) => contactOf(holder) !== '')
  const contacts = await readPeople(lookup, converted.map(contactOf))
  return holders.flatMap((holder): Holder[] => {
    if (contactOf(holder) === '') return [holder]
    const contact = contacts.get(contactOf(holder))
    return contact?.row ? [{ ...holder, person: { ...contact, row: contact.row } }] : []
  })
}

async function findIn({ lookup, byEmail }: Work, object: PersonObject): Promise<Holder[]> {
  const { context, fields, signal } = lookup
  const head = `SELECT ${fields.select[object].join(', ')} FROM ${object} WHERE `
  const holders: Holder[] = []
  for (const chunk of chunkValues([...byEmail.keys()], encodedLength(head))) {
    const act = `looking for people in ${object}`
    for (const row of await queryAllPages(context, head + soqlIn('Email', chunk), { act, signal }))
      holders.push({
        person: { object, id: textOf(row, 'Id') ?? '', row },
        drafts: byEmail.get((textOf(row, 'Email') ?? '').toLowerCase()) ?? [],
      })
  }
  return holders
}

/** Persons of Person Accounts are written through their account. */
const targetOf = ({ person: { object, row } }: Holder): 'Contact' | 'Lead' | 'Account' =>
  row['IsPersonAccount'] === true ? 'Account' : object

async function optOut(work: Work): Promise<void> {
  const { context, signal } = work.lookup
  const holders = [...new Map((await findHolders(work)).map((holder) => [holder.person.id, holder])).values()]
  for (const holder of holders.filter(isOut)) settle(holder, { kind: 'written', id: holder.person.id })
  for (const object of ['Contact', 'Lead', 'Account'] as const) {
    const own = holders.filter((holder) => !isOut(holder) && targetOf(holder) === object)
    if (own.length === 0) continue
    const results = await writeRows(
      context,
      {
        act: 'opting people out of e-mail',
        object,
        operation: 'update',
        rows: own.map(toUpdate),
        keyOf: (row) => String(row['Id']),
      },
      signal,
    )
    own.forEach((holder, index) => settle(holder, results[index]))
  }
}

const isOut = ({ person }: Holder): boolean => person.row[optOutField] === true

const toUpdate = (holder: Holder): Record<string, string | boolean> =>
  targetOf(holder) === 'Account'
    ? { Id: textOf(holder.person.row, 'AccountId') ?? '', [personAccountField(optOutField)]: true }
    : { Id: holder.person.id, [optOutField]: true }

/** One holder of an address that cannot be opted out outweighs others that could. */
function settle({ person, drafts }: Holder, result: RowResult | undefined): void {
  for (const draft of drafts) {
    if (draft.outcome && draft.outcome.status !== 'applied') continue
    if (result?.kind === 'written') draft.outcome ??= { status: 'applied', key: person.id }
    else draft.outcome = outcomeOf(result)
  }
}
