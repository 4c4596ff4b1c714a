import type { DestinationRecord, TakenRecords } from '../../../core/connector/destination.ts'
import type { JobOutcome, JobState, Outcome, Reason } from '../../../core/connector/outcome.ts'
import type { HubspotContext } from '../config.ts'
import { outcomeOf, takeLeaders, toDrafts, unsettled, type Draft } from '../destinations/draft.ts'
import { findByEmail, findByUnique } from '../destinations/find-contacts.ts'
import { openStates, readImport, readImportFaults, type Import, type RowFault } from './import-calls.ts'
import { importKey } from './import-file.ts'
import { identityOf } from './import-newcomers.ts'
import { toRowOutcome } from './row-outcome.ts'

/** Settles drafts as an ordinary hand-over does: writes who is not written yet, sees to the membership, tells the outcome. */
export type FinishDrafts = (
  context: HubspotContext,
  drafts: readonly Draft[],
  taken: TakenRecords,
) => Promise<void>

/**
 * How far an import is. Once it is done each record gets an outcome of its own: the faults of rows are read page by page, and of all
 * others the contact is looked up by the key that the import was keyed by. Who conflicts with another contact, and the memberships,
 * are then finished the ordinary way.
 */
export async function settleImport(
  context: HubspotContext,
  job: string,
  { taken, finish }: { readonly taken: TakenRecords | undefined; readonly finish: FinishDrafts },
): Promise<JobState> {
  const signal = taken?.signal ?? new AbortController().signal
  const found = await readImport(context, job, signal)
  if (found && openStates.includes(found.state)) return { status: 'processing' }
  if (found?.state !== 'DONE')
    return { status: 'failed', reason: await failureOf(context, job, { found, signal }) }
  if (!taken) return { status: 'done', rejected: [] }
  const outcomes = await settleRecords(context, job, { taken, finish, records: await taken.read() })
  return { status: 'done', rejected: [], outcomes }
}

const failures: Readonly<Record<string, Reason>> = {
  CANCELED: { code: 'import_canceled', message: 'Somebody cancelled the import in HubSpot.' },
  REVERTED: { code: 'import_reverted', message: 'Somebody took the import back in HubSpot.' },
}

async function failureOf(
  context: HubspotContext,
  job: string,
  { found, signal }: { readonly found: Import | undefined; readonly signal: AbortSignal },
): Promise<Reason> {
  if (!found) return { code: 'import_gone', message: 'HubSpot does not know this import any more.' }
  const known = failures[found.state]
  if (known) return known
  for await (const faults of readImportFaults(context, job, signal)) {
    const [first] = faults
    if (first) return { code: 'import_failed', message: `HubSpot failed the import: ${first.type}.` }
  }
  return { code: 'import_failed', message: 'HubSpot failed the import and gave no reason.' }
}

interface Settling {
  readonly taken: TakenRecords
  readonly finish: FinishDrafts
  readonly records: readonly DestinationRecord[]
}

async function settleRecords(
  context: HubspotContext,
  job: string,
  { taken, finish, records }: Settling,
): Promise<readonly JobOutcome[]> {
  const property = context.config.unique_property
  const drafts = toDrafts(records, property)
  const { leaders, settleFollowers } = takeLeaders(unsettled(drafts), (draft) => identityOf(draft, property))
  const conflicting = await markFaults(context, job, { leaders, signal: taken.signal })
  await locate(context, unsettled(leaders), { conflicting, signal: taken.signal })
  settleFollowers()
  await finish(context, drafts, taken)
  return drafts.map(outcomeOf).map(toJobOutcome)
}

/** An ordinary hand-over settles every record: none is left to another job. */
const toJobOutcome = (outcome: Outcome): JobOutcome =>
  outcome.status === 'accepted'
    ? { status: 'failed', reason: { code: 'not_settled', message: 'The record waits for another job.' } }
    : outcome

/** Gives the rows that HubSpot refused their outcome. Returns those whose e-mail or unique value another contact has. */
async function markFaults(
  context: HubspotContext,
  job: string,
  { leaders, signal }: { readonly leaders: readonly Draft[]; readonly signal: AbortSignal },
): Promise<ReadonlySet<Draft>> {
  const property = context.config.unique_property
  const byKey = new Map(leaders.map((draft) => [keyOf(draft, property), draft]))
  const conflicting = new Set<Draft>()
  for await (const faults of readImportFaults(context, job, signal))
    for (const fault of faults) {
      const draft = byKey.get(fault.key)
      if (draft) settleFault(draft, fault, conflicting)
    }
  return conflicting
}

const keyOf = (draft: Draft, property: string): string =>
  importKey(draft, draft.uniqueValue === undefined ? 'email' : property)
    .trim()
    .toLowerCase()

function settleFault(draft: Draft, fault: RowFault, conflicting: Set<Draft>): void {
  const outcome = toRowOutcome(fault)
  if (outcome === 'conflict') conflicting.add(draft)
  else draft.outcome = outcome
}

/** Contacts that the import made or found, by its own key. Who is not there comes again in the next run. */
async function locate(
  context: HubspotContext,
  drafts: readonly Draft[],
  { conflicting, signal }: { readonly conflicting: ReadonlySet<Draft>; readonly signal: AbortSignal },
): Promise<void> {
  const imported = drafts.filter((draft) => !conflicting.has(draft))
  const ids = await findByUnique(
    context,
    imported.flatMap(({ uniqueValue }) => uniqueValue ?? []),
    signal,
  )
  const emails = imported.flatMap(({ uniqueValue, email = '' }) => (uniqueValue === undefined ? [email] : []))
  const byEmail = await findByEmail(context, emails, signal)
  for (const draft of imported) {
    draft.contactId =
      draft.uniqueValue === undefined
        ? byEmail.get(draft.email ?? '')
        : ids.get(draft.uniqueValue.toLowerCase())
    if (draft.contactId === undefined) draft.outcome = notThere
    else draft.isWritten = true
  }
}

const notThere: Outcome = {
  status: 'failed',
  reason: {
    code: 'not_found_after_import',
    message: 'The import is done and told no error, but the contact is not there.',
  },
}
