import { z } from 'zod'
import { callHubspot } from '../account.ts'
import { contactsPath } from '../client.ts'
import type { HubspotContext } from '../config.ts'
import { crmObject, formerIds, type CrmObject } from '../mapping.ts'
import { batchSize } from './batch-write.ts'
import { eachChunk } from './each-chunk.ts'

const readAnswer = z.object({ results: z.array(crmObject) })

/**
 * The contacts that have one of these addresses, by address in lower case; secondary addresses count. Addresses that nobody has
 * are absent. By batch read, not by search: search lags behind, and two workers that both find nothing would both create.
 */
export async function findByEmail(
  context: HubspotContext,
  emails: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  const contacts = await readContacts(context, emails, { signal, idProperty: 'email' })
  for (const contact of contacts) {
    const { email, hs_additional_emails: others } = contact.properties
    for (const address of [email, ...(others ?? '').split(';')])
      if (address) found.set(address.trim().toLowerCase(), contact.id)
  }
  return found
}

/** Ids of the contacts that hold one of these values of the account's unique property, by value in lower case. */
export async function findByUnique(
  context: HubspotContext,
  values: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const property = context.config.unique_property
  const contacts = await readContacts(context, values, { signal, idProperty: property })
  return new Map(contacts.map(({ id, properties }) => [(properties[property] ?? '').toLowerCase(), id]))
}

/** Present ids of contacts by the ids given: equal where nothing happened, another after a merge, absent when gone. */
export async function findPresentIds(
  context: HubspotContext,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const present = new Map<string, string>()
  for (const contact of await readContacts(context, ids, { signal }))
    for (const id of [...formerIds(contact), contact.id]) present.set(id, contact.id)
  return present
}

async function readContacts(
  context: HubspotContext,
  values: readonly string[],
  by: { readonly signal: AbortSignal; readonly idProperty?: string },
): Promise<CrmObject[]> {
  const { signal, idProperty } = by
  const own = idProperty === undefined || idProperty === 'email' ? [] : [idProperty]
  const contacts: CrmObject[] = []
  await eachChunk([...new Set(values)], batchSize, async (chunk) => {
    const { results } = await callHubspot(context, {
      act: actOf(idProperty),
      method: 'POST',
      path: `${contactsPath}/batch/read`,
      body: {
        inputs: chunk.map((id) => ({ id })),
        properties: ['email', 'hs_additional_emails', 'hs_merged_object_ids', ...own],
        ...(idProperty !== undefined && { idProperty }),
      },
      answer: readAnswer,
      repeatable: true,
      sent: chunk,
      signal,
    })
    contacts.push(...results)
  })
  return contacts
}

function actOf(idProperty: string | undefined): string {
  if (idProperty === undefined) return 'looking contacts up by id'
  return idProperty === 'email'
    ? 'looking contacts up by e-mail'
    : 'looking contacts up by the unique property'
}
