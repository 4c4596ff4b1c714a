import type { Audience, Destination, WriteRequest } from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import type { SalesforceConfig, SalesforceContext } from '../config.ts'
import { fieldOf, missingFields } from '../describe.ts'
import { textOf } from '../query.ts'
import type { optOutFields } from '../sources/stream.ts'
import { toDraft, unsettled, type Draft } from './draft.ts'
import { findHolders, settleHolder, type Holder } from './find-holders.ts'
import type { Lookup } from './find-people.ts'
import { openPersonFields, personAccountField, type PersonFields } from './person-fields.ts'
import { outcomeOfDraft } from './settle.ts'
import { writeRows } from './write-rows.ts'

/** What distinguishes one opt-out from another. */
interface OptOut {
  readonly kind: string
  readonly audience: Audience
  readonly description: string
  readonly act: string
  readonly field: (typeof optOutFields)[number]
}

/** Opted out of e-mail (`HasOptedOutOfEmail`). */
export const emailOptOut = defineOptOut({
  kind: 'email_opt_out',
  audience: { externalId: 'email_opt_out', name: 'email opt-out' },
  description:
    'Sets "Email Opt Out" on contacts and leads (audience "email opt-out"). It is never taken back.',
  act: 'opting people out of e-mail',
  field: 'HasOptedOutOfEmail',
})

/** Not to be called (`DoNotCall`). */
export const callOptOut = defineOptOut({
  kind: 'call_opt_out',
  audience: { externalId: 'call_opt_out', name: 'call opt-out' },
  description: 'Sets "Do Not Call" on contacts and leads (audience "call opt-out"). It is never taken back.',
  act: 'opting people out of calls',
  field: 'DoNotCall',
})

/**
 * Marks people as opted out: every contact and every lead that has the address, duplicates included. Never takes an opt-out back.
 * The one "audience" of the kind is everybody who has opted out.
 */
function defineOptOut(optOut: OptOut): Destination<SalesforceConfig> {
  const { kind, audience, description } = optOut
  return {
    kind,
    description,
    capabilities: { repeatable: true },
    fields: { Email: { type: 'text', description: 'E-mail address.', matches: 'email' } },
    recordsPerBatch: 2000,
    callsPerBatch: (records) => 4 * Math.ceil(records / 200),
    find: (_context, { name }) => Promise.resolve(name === audience.name ? audience : null),
    add: (context, request) => add(optOut, context, request),
  }
}

async function add(
  optOut: OptOut,
  context: SalesforceContext,
  { records, signal }: WriteRequest,
): Promise<readonly Outcome[]> {
  signal.throwIfAborted()
  const drafts = records.map(({ fields }) => toDraft({ fields }, context.config.external_id_field))
  const open = unsettled(drafts)
  if (open.length === 0) return drafts.map(outcomeOfDraft)
  const fields = await openPersonFields(context, [optOut.field], signal)
  requireField(optOut, fields)
  await mark(optOut, { context, fields, signal }, open)
  skipUnknown(open)
  return drafts.map(outcomeOfDraft)
}

/** Nobody has the address: there is nobody to be opted out. */
export function skipUnknown(drafts: readonly Draft[]): void {
  for (const draft of unsettled(drafts))
    draft.outcome = {
      status: 'skipped',
      reason: { code: 'not_found_on_platform', message: 'Nobody in Salesforce has this address.' },
    }
}

/** Some orgs hide it from the user: the opt-out would then be lost without a word. */
function requireField({ field, act }: OptOut, fields: PersonFields): void {
  for (const object of ['Contact', 'Lead'] as const)
    if (fieldOf(fields[object], field)?.updateable !== true) throw missingFields(object, [field], act)
}

async function mark(optOut: OptOut, lookup: Lookup, drafts: readonly Draft[]): Promise<void> {
  const { act, field } = optOut
  const holders = await findHolders(lookup, drafts)
  const isOut = ({ person }: Holder): boolean => person.row[field] === true
  for (const holder of holders.filter(isOut)) settleHolder(holder, { kind: 'written', id: holder.person.id })
  for (const object of ['Contact', 'Lead', 'Account'] as const) {
    const own = holders.filter((holder) => !isOut(holder) && targetOf(holder) === object)
    if (own.length === 0) continue
    const rows = own.map((holder) => toUpdate(holder, field))
    const write = { act, object, operation: 'update', rows, keyOf: idOf } as const
    const results = await writeRows(lookup.context, write, lookup.signal)
    own.forEach((holder, index) => settleHolder(holder, results[index]))
  }
}

const idOf = (row: Readonly<Record<string, unknown>>): string => String(row['Id'])

/** Persons of Person Accounts are written through their account. */
const targetOf = ({ person: { object, row } }: Holder): 'Contact' | 'Lead' | 'Account' =>
  row['IsPersonAccount'] === true ? 'Account' : object

const toUpdate = (holder: Holder, field: string): Record<string, string | boolean> =>
  targetOf(holder) === 'Account'
    ? { Id: textOf(holder.person.row, 'AccountId') ?? '', [personAccountField(field)]: true }
    : { Id: holder.person.id, [field]: true }
