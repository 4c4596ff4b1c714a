import { z } from 'zod'
import type { ErasureOutcome, PersonToErase } from '../../core/connector/connector.ts'
import type { DestinationRecord } from '../../core/connector/destination.ts'
import type { JsonValue } from '../../core/port/json.ts'
import { toAudienceMember, type AudienceMember } from './audience-member.ts'
import { callDataManager, type GoogleAdsContext } from './data-manager.ts'
import { destinationsPerRequest, toRemoveBody } from './member-request.ts'
import { isContactList, listUserLists } from './user-list.ts'

const fieldValue = z.json()

/**
 * Takes a person off every Customer Match list of the account, by all the fields that were ever sent of them. Google has no call for
 * "all lists" (chapter 2.5): they are listed, and ten go into one request.
 */
export async function erasePerson(context: GoogleAdsContext, person: PersonToErase): Promise<ErasureOutcome> {
  const members = person.sent
    .map((sent) => toAudienceMember(toRecord(sent), context.config))
    .filter(({ identifiers }) => identifiers.length > 0)
  if (members.length === 0)
    return { status: 'not_found', message: 'Nothing was sent that Google could know this person by.' }
  const lists = await readOwnLists(context)
  for (let from = 0; from < lists.length; from += destinationsPerRequest)
    await removeFrom(context, lists.slice(from, from + destinationsPerRequest), members)
  return {
    status: 'removed_from_audiences',
    message: `Removal from ${lists.length} lists was accepted; Google takes up to 48 hours.`,
  }
}

async function readOwnLists(context: GoogleAdsContext): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const lists of listUserLists(context))
    ids.push(...lists.filter((list) => isContactList(list) && !list.readOnly).map(({ id }) => id))
  return ids
}

async function removeFrom(
  context: GoogleAdsContext,
  lists: readonly string[],
  members: readonly AudienceMember[],
): Promise<void> {
  await callDataManager(context, {
    act: 'erasing a person from the user lists of the account',
    method: 'POST',
    path: 'audienceMembers:remove',
    body: toRemoveBody(context.config, { lists, members }),
    answer: z.object({ requestId: z.string().min(1) }),
  })
}

function toRecord(sent: Readonly<Record<string, unknown>>): DestinationRecord {
  const fields: Record<string, JsonValue> = {}
  for (const [name, value] of Object.entries(sent)) fields[name] = fieldValue.safeParse(value).data ?? null
  return { fields }
}
