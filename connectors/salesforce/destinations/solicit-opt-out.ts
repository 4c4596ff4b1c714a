import type { Audience, Destination, WriteRequest } from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import type { SalesforceConfig, SalesforceContext } from '../config.ts'
import { missingFields, fieldOf } from '../describe.ts'
import { describeIndividual } from '../individual.ts'
import { queryAllPages, textOf } from '../query.ts'
import { chunkValues, encodedLength, soqlIn } from '../soql.ts'
import { rejected, toDraft, unsettled } from './draft.ts'
import { findHolders, settleHolder, type Holder } from './find-holders.ts'
import { openPersonFields } from './person-fields.ts'
import { skipUnknown } from './person-opt-out.ts'
import { outcomeOfDraft } from './settle.ts'
import { writeRows, type RowResult } from './write-rows.ts'

/** The one "audience" of this kind: everybody who does not want marketing at all. */
const audience: Audience = { externalId: 'solicit_opt_out', name: 'solicit opt-out' }
const field = 'HasOptedOutSolicit'
const act = 'opting people out of solicitation'

/**
 * Sets "Don't Market" on the Individuals behind contacts and leads. Needs Data Protection and Privacy in the org. Who has no
 * Individual is rejected, since nothing would keep them from being written to. Never takes an opt-out back.
 */
export const solicitOptOut: Destination<SalesforceConfig> = {
  kind: 'solicit_opt_out',
  description: `Sets "Don't Market" on the Individuals of contacts and leads (audience "solicit opt-out"). It is never taken back.`,
  capabilities: { repeatable: true },
  fields: { Email: { type: 'text', description: 'E-mail address.', matches: 'email' } },
  recordsPerBatch: 2000,
  callsPerBatch: (records) => 4 * Math.ceil(records / 200),
  find: (_context, { name }) => Promise.resolve(name === audience.name ? audience : null),
  add,
}

async function add(context: SalesforceContext, request: WriteRequest): Promise<readonly Outcome[]> {
  const { records, signal } = request
  signal.throwIfAborted()
  const drafts = records.map(({ fields }) => toDraft({ fields }, context.config.external_id_field))
  const open = unsettled(drafts)
  if (open.length === 0) return drafts.map(outcomeOfDraft)
  const individual = await describeIndividual(context, { act, signal })
  if (fieldOf(individual, field)?.updateable !== true) throw missingFields('Individual', [field], act)
  const fields = await openPersonFields(context, ['IndividualId'], signal)
  const holders = await findHolders({ context, fields, signal }, open)
  const ids = holders.flatMap((holder) => individualOf(holder) ?? [])
  const results = await markIndividuals(context, ids, signal)
  for (const holder of holders) {
    const id = individualOf(holder)
    if (id === undefined) rejectUnlinked(holder)
    else settleHolder(holder, results.get(id))
  }
  skipUnknown(open)
  return drafts.map(outcomeOfDraft)
}

const individualOf = ({ person }: Holder): string | undefined => textOf(person.row, 'IndividualId')

const keyOf = (row: Readonly<Record<string, unknown>>): string => String(row['Id'])

/** One contact or lead without an Individual outweighs others that have one. */
function rejectUnlinked({ drafts }: Holder): void {
  for (const draft of drafts)
    draft.outcome = rejected(
      'no_individual',
      'A contact or lead of this address has no Individual that could be marked: link one in Salesforce, or use the audience "email opt-out".',
    )
}

async function markIndividuals(
  context: SalesforceContext,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, RowResult>> {
  const results = new Map<string, RowResult>()
  const open = new Set(ids)
  const head = `SELECT Id FROM Individual WHERE ${field} = true AND `
  for (const chunk of chunkValues([...open], encodedLength(head)))
    for (const row of await queryAllPages(context, head + soqlIn('Id', chunk), { act, signal })) {
      const id = textOf(row, 'Id') ?? ''
      if (open.delete(id)) results.set(id, { kind: 'written', id })
    }
  const left = [...open]
  const rows = left.map((Id) => ({ Id, [field]: true }))
  const written =
    left.length === 0
      ? []
      : await writeRows(context, { act, object: 'Individual', operation: 'update', rows, keyOf }, signal)
  left.forEach((id, index) => {
    const result = written[index]
    if (result) results.set(id, result)
  })
  return results
}
