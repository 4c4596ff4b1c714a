import type { Outcome } from '../../../core/connector/outcome.ts'
import type { HubspotContext } from '../config.ts'
import { batchSize, writeBatch, type WriteInput, type WriteResult } from './batch-write.ts'
import { rejected, takeLeaders, unsettled, type Draft } from './draft.ts'
import { eachChunk } from './each-chunk.ts'
import { findByEmail, findPresentIds } from './find-contacts.ts'
import { withAdvice } from './refusal-advice.ts'

/**
 * Makes sure that each draft has a contact with its properties; sets `contactId`, or an outcome where that cannot be.
 *
 * Nobody is created who is there already: contacts are looked up by e-mail first, and those missing are upserted under a unique
 * key (the unique property, else the e-mail), which HubSpot itself keeps unique. So any number of parallel first sends of one
 * address make one contact. Existing contacts are updated by id and keep their e-mail: HubSpot refuses partial upserts by
 * e-mail, and an address is not ours to change.
 */
export async function writeContacts(
  context: HubspotContext,
  drafts: readonly Draft[],
  signal: AbortSignal,
): Promise<void> {
  const { unique_property: property } = context.config
  const unknown = unsettled(drafts).filter((draft) => draft.contactId === undefined)
  const { leaders, settleFollowers } = takeLeaders(unknown, (draft) =>
    draft.uniqueValue === undefined ? draft.email : `${property}=${draft.uniqueValue}`,
  )
  await locate(context, leaders, signal)
  await createMissing(context, leaders, signal)
  settleFollowers()
  await updateExisting(context, drafts, signal)
}

async function locate(context: HubspotContext, drafts: readonly Draft[], signal: AbortSignal): Promise<void> {
  const emails = drafts.flatMap((draft) => draft.email ?? [])
  const found = await findByEmail(context, emails, signal)
  for (const draft of drafts) draft.contactId = found.get(draft.email ?? '')
}

async function createMissing(
  context: HubspotContext,
  drafts: readonly Draft[],
  signal: AbortSignal,
): Promise<void> {
  const missing = drafts.filter((draft) => draft.contactId === undefined)
  const { unique_property: property } = context.config
  const keyed = missing.filter((draft) => draft.uniqueValue !== undefined)
  const byEmail = missing.filter((draft) => draft.uniqueValue === undefined)
  // One request must hold one kind of key: by e-mail there is no partial success, by a unique property there is.
  for (const [group, idProperty] of [
    [keyed, property],
    [byEmail, 'email'],
  ] as const)
    await eachChunk(group, batchSize, async (chunk) => {
      const inputs = chunk.map((draft) => toUpsert(draft, idProperty))
      const results = await writeBatch(context, { kind: 'upsert', signal }, inputs)
      for (const draft of chunk) settleCreated(draft, results.get(draft.trace))
    })
  await adoptConflicting(context, missing, signal)
}

function toUpsert(draft: Draft, idProperty: string): WriteInput {
  return {
    objectWriteTraceId: draft.trace,
    id: (idProperty === 'email' ? draft.email : draft.uniqueValue) ?? '',
    idProperty,
    properties: { ...(draft.email !== undefined && { email: draft.email }), ...draft.properties },
  }
}

function settleCreated(draft: Draft, result: WriteResult | undefined): void {
  if (result?.kind === 'written') {
    draft.contactId = result.id
    draft.isWritten = true
    return
  }
  if (result?.kind === 'refused' && result.category === 'CONFLICT') draft.contactId = result.existingId
  draft.outcome = toOutcome(result)
}

/**
 * A conflict means that the address has a holder after all: created by somebody else since we looked, or known under another
 * contact as a secondary address. That contact is the person; it is updated like any other.
 */
async function adoptConflicting(
  context: HubspotContext,
  drafts: readonly Draft[],
  signal: AbortSignal,
): Promise<void> {
  const conflicting = drafts.filter(
    ({ outcome }) => outcome?.status === 'rejected' && outcome.reason.code === 'conflict',
  )
  const nameless = conflicting.filter((draft) => draft.contactId === undefined)
  const found = await findByEmail(
    context,
    nameless.flatMap((draft) => draft.email ?? []),
    signal,
  )
  for (const draft of conflicting) {
    draft.contactId ??= found.get(draft.email ?? '')
    if (draft.contactId !== undefined) draft.outcome = undefined
  }
}

async function updateExisting(
  context: HubspotContext,
  drafts: readonly Draft[],
  signal: AbortSignal,
): Promise<void> {
  const stale = unsettled(drafts).filter(
    (draft) => !draft.isWritten && Object.keys(draft.properties).length > 0,
  )
  const gone = await updateOnce(context, stale, signal)
  if (gone.length === 0) return
  // Batch update takes no id from before a merge: those contacts live on under another one.
  const present = await findPresentIds(context, contactIds(gone), signal)
  const moved = gone.filter((draft) => {
    const id = present.get(draft.contactId ?? '')
    if (id === undefined || id === draft.contactId) return false
    draft.contactId = id
    draft.outcome = undefined
    return true
  })
  await updateOnce(context, moved, signal)
}

/** Returns the drafts whose contact is not there under this id; their outcome says so. */
async function updateOnce(
  context: HubspotContext,
  drafts: readonly Draft[],
  signal: AbortSignal,
): Promise<Draft[]> {
  const { leaders, settleFollowers } = takeLeaders(drafts, (draft) => draft.contactId)
  await eachChunk(leaders, batchSize, async (chunk) => {
    const inputs = chunk.map(({ trace, contactId = '', properties }) => ({
      objectWriteTraceId: trace,
      id: contactId,
      properties,
    }))
    const results = await writeBatch(context, { kind: 'update', signal }, inputs)
    for (const draft of chunk) {
      const result = results.get(draft.trace)
      if (result?.kind === 'written') draft.isWritten = true
      else draft.outcome = toOutcome(result)
    }
  })
  settleFollowers()
  return drafts.filter(({ outcome }) => outcome?.status === 'rejected' && outcome.reason.code === notFound)
}

/** Ids of the contacts that drafts stand for. */
export const contactIds = (drafts: readonly Draft[]): string[] => [
  ...new Set(drafts.flatMap((draft) => draft.contactId ?? [])),
]

/** Reason code of a contact that HubSpot does not have (any more). */
export const notFound = 'not_found_on_platform'

const reasonCodes: Readonly<Record<string, string>> = {
  INVALID_EMAIL: 'invalid_email',
  MISSING_REQUIRED_PROPERTY: 'missing_required_property',
  MISSING_CONDITIONAL_REQUIRED_PROPERTY: 'missing_required_property',
  PROPERTY_DOESNT_EXIST: 'unknown_property',
  READ_ONLY_VALUE: 'read_only_property',
  INVALID_OPTION: 'unknown_option',
  INVALID_INTEGER: 'wrong_type',
  INVALID_LONG: 'wrong_type',
  INVALID_NUMBER: 'wrong_type',
  INVALID_BOOLEAN: 'wrong_type',
  INVALID_DATE: 'wrong_type',
  CONFLICT: 'conflict',
  OBJECT_NOT_FOUND: notFound,
  VALIDATION_ERROR: 'invalid_value',
  TOO_LARGE: 'too_large',
}

/** Faults of the moment: the same record may go through later. */
const passing = new Set(['RATE_LIMITS', 'INTERNAL_ERROR', 'LOCKED', 'SERVICE_UNAVAILABLE', 'TIMEOUT'])

function toOutcome(result: WriteResult | undefined): Outcome {
  if (result?.kind !== 'refused')
    return {
      status: 'unknown',
      reason: { code: 'not_answered', message: 'HubSpot answered the request but not for this record.' },
    }
  if (passing.has(result.category))
    return { status: 'failed', reason: { code: 'refused_for_now', message: result.said } }
  const code = [...result.detail, result.category].map((word) => reasonCodes[word]).find(Boolean)
  return rejected(code ?? 'refused_by_platform', withAdvice(code, result.said))
}
