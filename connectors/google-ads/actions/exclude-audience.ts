import type { Customer } from 'google-ads-api'
import { z } from 'zod'
import { defineAction } from '../../../core/connector/action.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import type { GoogleAdsContext } from '../data-manager.ts'
import { readPath, readText } from '../gaql-value.ts'
import { searchAll } from '../google-ads.ts'
import { mutate } from '../mutate.ts'
import { listIdOf } from '../user-list.ts'
import { audienceId, googleId, validateOnly } from './audience-id.ts'

const ids = z.array(googleId).max(1_000).default([])
const input = z
  .strictObject({
    audience_id: audienceId,
    campaign_ids: ids,
    ad_group_ids: ids,
    validate_only: validateOnly,
  })
  .refine((given) => given.campaign_ids.length + given.ad_group_ids.length > 0, {
    message: 'give at least one campaign or ad group',
  })

type Input = z.output<typeof input>
type Mutations = Parameters<Customer['mutateResources']>[0]

/** The two places where an audience can be excluded. */
const levels = {
  campaign: { resource: 'campaign_criterion', owner: 'campaign', collection: 'campaigns' },
  ad_group: { resource: 'ad_group_criterion', owner: 'ad_group', collection: 'adGroups' },
} as const
type Level = keyof typeof levels

/** Keeps an audience from seeing the ads of campaigns or ad groups: people who bought already, for example. */
export const excludeAudience = defineAction({
  name: 'exclude_audience',
  description: 'Excludes an audience from campaigns or ad groups.',
  effect: 'changes',
  input,
  run: runExclude,
})

async function runExclude(context: GoogleAdsContext, given: Input): Promise<JsonObject> {
  const act = 'excluding an audience'
  const list = `customers/${context.config.customer_id}/userLists/${listIdOf(context.config, given.audience_id, act)}`
  const plans = [
    await plan(context, { level: 'campaign', owners: given.campaign_ids, list }),
    await plan(context, { level: 'ad_group', owners: given.ad_group_ids, list }),
  ]
  const operations = plans.flatMap((each) => each.operations)
  if (operations.length > 0) await mutate(context, { act, operations, validateOnly: given.validate_only })
  const count = (read: (each: Plan) => number): number => plans.reduce((sum, each) => sum + read(each), 0)
  return {
    excluded: given.validate_only ? 0 : count((each) => each.added),
    was_excluded_already: count((each) => each.already),
    // `negative` cannot be changed: a targeted audience is taken off and added again as excluded.
    was_targeted_before: count((each) => each.replaced),
    validated_only: given.validate_only,
  }
}

interface Plan {
  readonly operations: Mutations
  readonly added: number
  readonly already: number
  readonly replaced: number
}

async function plan(
  context: GoogleAdsContext,
  wanted: { readonly level: Level; readonly owners: readonly string[]; readonly list: string },
): Promise<Plan> {
  const { owners, list } = wanted
  if (owners.length === 0) return { operations: [], added: 0, already: 0, replaced: 0 }
  const level = levels[wanted.level]
  const found = await readCriteria(context, level, owners)
  const ofList = found.filter((each) => each.list === list)
  const excluded = new Set(ofList.filter((each) => each.negative).map((each) => each.owner))
  const targeted = ofList.filter((each) => !each.negative && !excluded.has(each.owner))
  const missing = [...new Set(owners)].filter((owner) => !excluded.has(owner))
  const customer = `customers/${context.config.customer_id}`
  return {
    operations: [
      ...targeted.map(
        (each) => ({ entity: level.resource, operation: 'remove', resource: each.resource }) as const,
      ),
      ...missing.map(
        (owner) =>
          ({
            entity: level.resource,
            operation: 'create',
            resource: {
              [level.owner]: `${customer}/${level.collection}/${owner}`,
              negative: true,
              user_list: { user_list: list },
            },
          }) as const,
      ),
    ],
    added: missing.length,
    already: excluded.size,
    replaced: targeted.length,
  }
}

interface Criterion {
  readonly owner: string
  readonly resource: string
  readonly list: string
  readonly negative: boolean
}

async function readCriteria(
  context: GoogleAdsContext,
  { resource, owner }: (typeof levels)[Level],
  owners: readonly string[],
): Promise<readonly Criterion[]> {
  const columns = ['resource_name', 'negative', 'user_list.user_list', 'status']
  const rows = await searchAll(context, {
    act: 'reading the targeting of audiences',
    gaql: [
      `SELECT ${owner}.id, ${columns.map((column) => `${resource}.${column}`).join(', ')}`,
      `FROM ${resource}`,
      `WHERE ${resource}.type = 'USER_LIST' AND ${resource}.status != 'REMOVED'`,
      `AND ${owner}.id IN (${owners.join(', ')})`,
    ].join(' '),
  })
  return rows.map((row) => {
    const id = readText(row, `${owner}.id`)
    if (id === '')
      throw new PlatformError('platform.unreadable_answer', {
        act: 'reading the targeting of audiences',
        said: 'a row without an id',
      })
    return {
      owner: id,
      resource: readText(row, `${resource}.resource_name`),
      list: readText(row, `${resource}.user_list.user_list`),
      // False is left out of JSON.
      negative: readPath(row, `${resource}.negative`) === true,
    }
  })
}
