import type { ChangeSignal } from '../../../core/connector/signal.ts'
import type { SalesforceContext } from '../config.ts'
import { textOf, type Row } from '../query.ts'
import { isSalesforceId } from '../salesforce-id.ts'
import { individualOptOuts, optOutFields, streams } from '../sources/stream.ts'
import type { ChangeEvent } from './change-event.ts'
import { readGoneRows } from './gone-rows.ts'

/** One record of an event. */
interface Change {
  readonly event: ChangeEvent
  readonly id: string
}

/** The signals of events, in their order. Looks up what the events of deletions leave out; costs a call only where there are some. */
export async function toSignals(
  context: SalesforceContext,
  events: readonly ChangeEvent[],
  signal: AbortSignal,
): Promise<readonly ChangeSignal[]> {
  const changes = events.flatMap((event) => event.recordIds.map((id): Change => ({ event, id })))
  const gone = Map.groupBy(changes.filter(isGone), ({ event }) => event.entityName)
  const ids = new Map([...gone].map(([object, of]) => [object, of.map(({ id }) => id)]))
  const rows = await readGoneRows(context, ids, signal)
  return changes.flatMap((change) => signalsOf(change, rows.get(change.id)))
}

const isGone = ({ event: { changeType }, id }: Change): boolean =>
  /^(?:GAP_)?DELETE$/.test(changeType) && isSalesforceId(id)

/** One signal that each stream of these objects may have changed: the next pull finds what. */
export const wholeStreams = (id: string, occurredAt: number): readonly ChangeSignal[] =>
  streams.map(({ name }) => ({ id: `${id}:${name}`, kind: 'changed', stream: name, occurredAt }))

function signalsOf(change: Change, row: Row | undefined): ChangeSignal[] {
  const { event, id } = change
  const own = streams.filter(({ object }) => object === event.entityName)
  const told = own.map(({ name }): ChangeSignal => ({
    ...kindOf(change, row),
    ...nameOf(change),
    stream: name,
  }))
  // An overflow names no record, a change of type names all of an object ("001*"): the pull of the whole stream finds them.
  if (event.changeType === 'GAP_OVERFLOW' || !isSalesforceId(id))
    return own.map(({ name }) => ({ ...nameOf(change), kind: 'changed', stream: name }))
  return event.entityName === 'CampaignMember' ? [...told, ...membershipOf(change, row)] : told
}

const nameOf = ({ event, id }: Change): Pick<ChangeSignal, 'id' | 'occurredAt'> => ({
  id: `${event.transactionKey}:${event.sequenceNumber}:${id}`,
  occurredAt: event.commitTimestamp,
})

type Kind = Pick<ChangeSignal, 'kind' | 'externalId' | 'mergedIds' | 'fields'>

function kindOf(change: Change, row: Row | undefined): Kind {
  const { event, id } = change
  if (!isGone(change)) {
    const fields = optOutsOf(event)
    return fields.length > 0
      ? { kind: 'opted_out', externalId: id, fields }
      : { kind: 'changed', externalId: id }
  }
  // Restored since, or no longer in the recycle bin.
  if (row && row['IsDeleted'] !== true) return { kind: 'changed', externalId: id }
  const survivor = row && textOf(row, 'MasterRecordId')
  return survivor === undefined
    ? { kind: 'deleted', externalId: id }
    : { kind: 'merged', externalId: survivor, mergedIds: [id] }
}

const optOuts: ReadonlySet<string> = new Set([...optOutFields, ...individualOptOuts])

/** The fields of the payload that tell an opt-out. */
const optOutsOf = ({ payload }: ChangeEvent): string[] =>
  Object.entries(payload).flatMap(([name, value]) =>
    (value === true && optOuts.has(name)) || (name === 'PrivacyConsentStatus' && value === 'OptOut')
      ? [name]
      : [],
  )

/** Memberships are told by campaign and person; the row of a converted lead names both: the contact counts. */
function membershipOf(change: Change, row: Row | undefined): ChangeSignal[] {
  const { event } = change
  const wasRemoved = isGone(change) && row?.['IsDeleted'] === true
  if (!wasRemoved && event.changeType !== 'CREATE') return []
  const fields: Readonly<Record<string, unknown>> = wasRemoved ? row : event.payload
  const person = text(fields['ContactId']) ?? text(fields['LeadId'])
  const campaign = text(fields['CampaignId'])
  if (person === undefined || campaign === undefined) return []
  const { id, occurredAt } = nameOf(change)
  const kind = wasRemoved ? 'member_removed' : 'member_added'
  return [{ id: `${id}:member`, kind, externalId: person, audienceId: campaign, occurredAt }]
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
