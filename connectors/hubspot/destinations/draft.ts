import type { DestinationRecord } from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import { toPropertyValue } from '../mapping.ts'

/** One record on its way: who it is, what is to be written, and what has become of it so far. */
export interface Draft {
  /** Names the record inside a request; no personal data. */
  readonly trace: string
  readonly email: string | undefined
  /** Value of the account's unique property, where a sync fills it. */
  readonly uniqueValue: string | undefined
  /** Properties to write, without the e-mail. */
  readonly properties: Readonly<Record<string, string>>
  contactId: string | undefined
  /** True once the platform holds the properties. */
  isWritten: boolean
  outcome: Outcome | undefined
}

/** A refusal of one record, decided here or told by the platform. */
export const rejected = (code: string, message: string): Outcome => ({
  status: 'rejected',
  reason: { code, message },
})

/** Reads a record and rejects what HubSpot cannot take, so that it spoils no batch. */
function toDraft(record: DestinationRecord, index: number, uniqueProperty: string): Draft {
  const properties: Record<string, string> = {}
  let faulty: string | undefined
  for (const [name, value] of Object.entries(record.fields)) {
    const text = toPropertyValue(value)
    if (text === undefined) faulty ??= name
    else if (text !== null) properties[name] = text
  }
  const { email: address, ...others } = properties
  const email = address?.trim().toLowerCase() || undefined
  const uniqueValue = others[uniqueProperty] || undefined
  const draft: Draft = {
    trace: `row-${index}`,
    email,
    uniqueValue,
    properties: others,
    contactId: record.key,
    isWritten: false,
    outcome: undefined,
  }
  draft.outcome = refuse(draft, faulty)
  return draft
}

function refuse(draft: Draft, faulty: string | undefined): Outcome | undefined {
  if (faulty !== undefined)
    return rejected('invalid_value', `The field ${faulty} holds what no HubSpot property can hold.`)
  if (draft.contactId !== undefined)
    return /^\d+$/.test(draft.contactId)
      ? undefined
      : rejected('invalid_identifier', 'The contact id is not a number.')
  if (draft.email === undefined)
    return draft.uniqueValue === undefined
      ? rejected('missing_identifier', 'There is neither an e-mail address nor a contact id.')
      : undefined
  return isEmail(draft.email) ? undefined : rejected('invalid_email', 'The e-mail address is not valid.')
}

/** What HubSpot takes for an address at all; it checks more closely itself and answers per record. */
const isEmail = (text: string): boolean =>
  text.length <= 254 &&
  /^[^\s@"<>(),;:\\]+@[^\s@"<>(),;:\\]+\.[^\s@"<>(),;:\\]+$/.test(text) &&
  !text.includes('..')

/** One draft per record, in order. */
export const toDrafts = (records: readonly DestinationRecord[], uniqueProperty: string): Draft[] =>
  records.map((record, index) => toDraft(record, index, uniqueProperty))

/** Every draft has been settled by the end of a batch; one that is not was left out of an answer. */
export const outcomeOf = (draft: Draft): Outcome =>
  draft.outcome ?? {
    status: 'unknown',
    reason: { code: 'not_answered', message: 'HubSpot did not answer for this record.' },
  }

/** Drafts that still have to be settled. */
export const unsettled = (drafts: readonly Draft[]): Draft[] =>
  drafts.filter((draft) => draft.outcome === undefined)

/**
 * The first draft of each contact. Requests must not name one contact twice, so later drafts of it follow the first: with equal
 * properties they share its fate, with others they are rejected, since either choice would overwrite somebody's data.
 */
export function takeLeaders(
  drafts: readonly Draft[],
  keyOf: (draft: Draft) => string | undefined,
): { readonly leaders: readonly Draft[]; readonly settleFollowers: () => void } {
  const leaders = new Map<string, Draft>()
  const followers: { draft: Draft; leader: Draft }[] = []
  for (const draft of drafts) {
    const key = keyOf(draft)
    const leader = key === undefined ? undefined : leaders.get(key)
    if (!leader) leaders.set(key ?? draft.trace, draft)
    else if (sameProperties(leader, draft)) followers.push({ draft, leader })
    else
      draft.outcome = rejected(
        'duplicate_identifier',
        'Another record of this batch is the same contact with other values.',
      )
  }
  return {
    leaders: [...leaders.values()],
    settleFollowers: () => {
      for (const { draft, leader } of followers) {
        draft.contactId = leader.contactId
        draft.isWritten = leader.isWritten
        draft.outcome = leader.outcome
      }
    },
  }
}

function sameProperties(a: Draft, b: Draft): boolean {
  const names = Object.keys(a.properties)
  return (
    names.length === Object.keys(b.properties).length &&
    names.every((name) => a.properties[name] === b.properties[name])
  )
}
