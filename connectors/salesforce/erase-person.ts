import { z } from 'zod'
import type { ErasureOutcome, PersonToErase } from '../../core/connector/connector.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import { callSalesforce } from './client.ts'
import type { SalesforceContext } from './config.ts'
import { fieldOf } from './describe.ts'
import { deleteMembers } from './destinations/campaign-members.ts'
import { toDraft, type Person } from './destinations/draft.ts'
import { findPeople, readPeople, type Lookup } from './destinations/find-people.ts'
import { openPersonFields } from './destinations/person-fields.ts'
import { describeIndividual } from './individual.ts'
import { queryAllPages, textOf } from './query.ts'
import { soqlText } from './soql.ts'

const act = 'erasing a person'

/**
 * Erases a person as far as the configuration allows. There is no endpoint for it: by default the person is taken off all of the
 * hub's campaigns and our field is blanked; "forget" also sets ShouldForget on the linked Individual, and fails where there is none; "delete" also deletes contact
 * and lead, which stay in the recycle bin for 15 days.
 */
export async function erasePerson(
  context: SalesforceContext,
  person: PersonToErase,
): Promise<ErasureOutcome> {
  const signal = new AbortController().signal
  const lookup: Lookup = { context, fields: await openPersonFields(context, [], signal), signal }
  const people = await findAll(lookup, person)
  if (context.config.erasure === 'forget') await describeIndividual(context, { act, signal })
  let unmarked = 0
  for (const found of people) if (!(await eraseOne(lookup, found))) unmarked += 1
  if (people.length === 0) return { status: 'not_found', message: 'Salesforce has no such contact or lead.' }
  if (unmarked > 0)
    return {
      status: 'failed',
      message: `${people.length} record(s) taken off the hub's campaigns and unlinked, but ${unmarked} of them have no Individual that could be marked: link one in Salesforce and erase again, or delete them there.`,
    }
  return context.config.erasure === 'delete'
    ? {
        status: 'erased',
        message: `${people.length} record(s) deleted; the recycle bin keeps them for 15 days.`,
      }
    : {
        status: 'removed_from_audiences',
        message: `${people.length} record(s) taken off the hub's campaigns and unlinked; the setting "erasure" allows no more.`,
      }
}

async function findAll(lookup: Lookup, { keys, sent }: PersonToErase): Promise<Person[]> {
  const byKey = await readPeople(lookup, keys)
  const { external_id_field: externalIdField } = lookup.context.config
  const drafts = sent
    .map((fields) => toDraft({ fields: asJson.parse(fields) }, externalIdField))
    .filter(({ outcome }) => outcome === undefined)
  await findPeople(lookup, drafts)
  const people = [...byKey.values(), ...drafts.flatMap((draft) => draft.person ?? [])]
  return [...new Map(people.map((found) => [found.id, found])).values()]
}

const asJson = z.record(z.string(), z.json().catch(null))

/** False when the Individual that should have been marked is not there. */
async function eraseOne(lookup: Lookup, person: Person): Promise<boolean> {
  const { context, signal } = lookup
  await leaveCampaigns(context, person, signal)
  const { erasure } = context.config
  const isMarked = erasure !== 'forget' || (await markIndividual(lookup, person))
  if (erasure === 'delete') await change(context, 'DELETE', person.object, person.id)
  else await blankOwnField(lookup, person)
  return isMarked
}

async function leaveCampaigns(
  context: SalesforceContext,
  person: Person,
  signal: AbortSignal,
): Promise<void> {
  const soql = `SELECT Id FROM CampaignMember WHERE ${person.object}Id = ${soqlText(person.id)} AND Campaign.Type = ${soqlText(context.config.campaign_type)}`
  const rows = await queryAllPages(context, soql, { act, signal, urgent: true })
  await deleteMembers(
    context,
    rows.flatMap((row) => textOf(row, 'Id') ?? []),
    signal,
  )
}

async function blankOwnField({ context, fields }: Lookup, person: Person): Promise<void> {
  const field = fieldOf(fields[person.object], context.config.external_id_field)
  if (field?.updateable === true)
    await change(context, 'PATCH', person.object, person.id, { [field.name]: null })
}

async function markIndividual({ context, fields, signal }: Lookup, person: Person): Promise<boolean> {
  if (!fieldOf(fields[person.object], 'IndividualId')) return false
  const soql = `SELECT IndividualId FROM ${person.object} WHERE Id = ${soqlText(person.id)}`
  const [row] = await queryAllPages(context, soql, { act, signal, urgent: true })
  const individual = row && textOf(row, 'IndividualId')
  if (individual === undefined) return false
  await change(context, 'PATCH', 'Individual', individual, { ShouldForget: true })
  return true
}

/** Changes one record. One that is gone is as it should be. */
async function change(
  context: SalesforceContext,
  method: 'PATCH' | 'DELETE',
  ...[object, id, body]: [object: string, id: string, body?: Readonly<Record<string, unknown>>]
): Promise<void> {
  try {
    await callSalesforce(context, {
      act,
      method,
      path: `/sobjects/${object}/${id}`,
      ...(body && { body }),
      answer: z.literal(''),
      repeatable: true,
      urgent: true,
    })
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'platform.not_found') throw error
  }
}
