import { z } from 'zod'
import type { Audience, AudienceSize } from '../../../core/connector/destination.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { callSalesforce } from '../client.ts'
import type { SalesforceContext } from '../config.ts'
import { query, textOf, type Row } from '../query.ts'
import { isSalesforceId, toId18 } from '../salesforce-id.ts'
import { soqlText } from '../soql.ts'

const longestName = 80

/**
 * Finds the campaign of an audience: by stored id whatever it is called now, else by name among those of our type. Two of one name
 * are `platform.audience_unusable`: which one is meant is a person's decision. So is one that somebody has closed.
 */
export async function findCampaign(
  context: SalesforceContext,
  wanted: { readonly name: string; readonly externalId?: string },
): Promise<Audience | null> {
  const act = 'looking for the campaign'
  if (wanted.externalId !== undefined && !isSalesforceId(wanted.externalId)) return null
  const where =
    wanted.externalId === undefined
      ? `Name = ${soqlText(wanted.name)} AND Type = ${soqlText(context.config.campaign_type)}`
      : `Id = ${soqlText(wanted.externalId)}`
  const { records } = await query(context, `SELECT Id, Name, IsActive FROM Campaign WHERE ${where}`, { act })
  const [first, second] = records
  if (second)
    throw new PlatformError('platform.audience_unusable', {
      act,
      said: `${records.length} campaigns have this name and the type ${context.config.campaign_type}`,
      remedy: 'Rename all but one of these campaigns in Salesforce.',
    })
  if (first?.['IsActive'] === false) throw closed(act)
  return first ? toAudience(context, first) : null
}

const closed = (act: string): PlatformError =>
  new PlatformError('platform.audience_unusable', {
    act,
    said: 'the campaign is not active any more',
    remedy: 'Set the campaign to Active in Salesforce again, or remove the sync that fills it.',
  })

/** Throws `platform.audience_unusable` when somebody has deleted or closed the campaign while it was written to. */
export async function requireCampaign(context: SalesforceContext, audience: Audience): Promise<void> {
  if (await findCampaign(context, audience)) return
  throw new PlatformError('platform.audience_unusable', {
    act: 'adding members to a campaign',
    said: 'the campaign was deleted',
    remedy:
      'Restore the campaign from the recycle bin of Salesforce, or give the sync another audience name, under which a new one is made.',
  })
}

async function toAudience(context: SalesforceContext, row: Row): Promise<Audience> {
  const id = toId18(textOf(row, 'Id') ?? '')
  const instance = (await context.credentials?.current())?.facts['instance_url']
  return {
    externalId: id,
    name: textOf(row, 'Name') ?? '',
    ...(instance !== undefined && { url: `${instance}/lightning/r/Campaign/${id}/view` }),
  }
}

/** Creates the campaign: active, of our type. Names have at most 80 characters. */
export async function createCampaign(
  context: SalesforceContext,
  wanted: { readonly name: string },
): Promise<Audience> {
  const act = 'creating the campaign'
  if (wanted.name.length > longestName)
    throw new PlatformError('platform.audience_unusable', {
      act,
      said: `names of campaigns have at most ${longestName} characters`,
      remedy: 'Give the audience a shorter name.',
    })
  const { body } = await callSalesforce(context, {
    act,
    method: 'POST',
    path: '/sobjects/Campaign',
    body: { Name: wanted.name, Type: context.config.campaign_type, IsActive: true },
    answer: z.object({ id: z.string(), success: z.literal(true) }),
    // A second one of the name would make the audience unusable.
    repeatable: false,
    codes: { INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: 'platform.audience_unusable' },
  })
  return toAudience(context, { Id: body.id, Name: wanted.name })
}

/** Counts the members. */
export async function readCampaignSize(
  context: SalesforceContext,
  audience: Audience,
): Promise<AudienceSize> {
  const soql = `SELECT COUNT() FROM CampaignMember WHERE CampaignId = ${soqlText(audience.externalId)}`
  const { totalSize } = await query(context, soql, { act: 'reading the size of the campaign' })
  return { atLeast: totalSize, atMost: totalSize }
}
