import { z } from 'zod'
import type { ErasureOutcome, PersonToErase } from '../../core/connector/connector.ts'
import type { DestinationRecord } from '../../core/connector/destination.ts'
import type { JsonValue } from '../../core/port/json.ts'
import { audienceBudgetOf } from './budgets.ts'
import { callMeta, type MetaContext } from './client.ts'
import { prepareUsers, toUserPayload } from './user-payload.ts'

const fieldValue = z.json()

/** Takes a person off every customer list of the ad account, by all the fields that were ever sent of them. */
export async function erasePerson(context: MetaContext, person: PersonToErase): Promise<ErasureOutcome> {
  const { matchable } = await prepareUsers(person.sent.map(toRecord))
  if (matchable.length === 0)
    return { status: 'not_found', message: 'Nothing was sent that Meta could know this person by.' }
  const payload = await toUserPayload(matchable.map((row) => row.person))
  await callMeta(context, {
    act: 'erasing a person from all audiences of the ad account',
    budget: audienceBudgetOf(context.config),
    answer: z.record(z.string(), z.unknown()),
    // The SDK's deleteUsersOfAnyAudience would put the hashes into the address.
    send: (api) =>
      api.call('POST', [context.config.ad_account_id, 'usersofanyaudience'], { method: 'DELETE', payload }),
  })
  return {
    status: 'removed_from_audiences',
    message: 'Removed from all customer lists of the ad account; Meta takes up to 24 hours.',
  }
}

function toRecord(sent: Readonly<Record<string, unknown>>): DestinationRecord {
  const fields: Record<string, JsonValue> = {}
  for (const [name, value] of Object.entries(sent)) fields[name] = fieldValue.safeParse(value).data ?? null
  return { fields }
}
