import type { ErasureOutcome, PersonToErase } from '../../core/connector/connector.ts'
import type { Ga4Context } from './config.ts'
import { deleteUserData, type AnalyticsId } from './delete-user-data.ts'

/** Has the data of every id deleted that was ever sent of a person. One call an id. */
export async function erasePerson(context: Ga4Context, person: PersonToErase): Promise<ErasureOutcome> {
  const ids = new Map(person.sent.flatMap((fields) => idsOf(fields)))
  for (const id of ids.values()) await deleteUserData(context, id)
  return ids.size === 0
    ? { status: 'not_found', message: 'Nothing was sent that Google Analytics could know this person by.' }
    : {
        status: 'erased',
        message: `Deletion of ${ids.size} id(s) requested; Google takes up to 72 hours in reports, about two months in storage.`,
      }
}

/** The ids of one sent row. Events without a client id were sent under the user id in its place. */
function idsOf(fields: Readonly<Record<string, unknown>>): (readonly [string, AnalyticsId])[] {
  const userId = textOf(fields['user_id'])
  const clientId = textOf(fields['client_id']) ?? userId
  const appInstanceId = textOf(fields['app_instance_id'])
  return [
    ...(userId === undefined ? [] : [[`user ${userId}`, { userId }] as const]),
    ...(clientId === undefined ? [] : [[`client ${clientId}`, { clientId }] as const]),
    ...(appInstanceId === undefined ? [] : [[`app ${appInstanceId}`, { appInstanceId }] as const]),
  ]
}

function textOf(value: unknown): string | undefined {
  return (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : undefined
}
