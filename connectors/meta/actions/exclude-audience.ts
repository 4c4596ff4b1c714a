import { AdSet } from 'facebook-nodejs-business-sdk'
import { z } from 'zod'
import { defineAction, type Action } from '../../../core/connector/action.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { scoreBudgetOf } from '../budgets.ts'
import { callMeta, type MetaContext } from '../client.ts'
import type { MetaConfig } from '../config.ts'

const id = z.string().regex(/^\d{1,20}$/)
const input = z.strictObject({
  adset_id: id,
  audience_id: id,
  /** Has Meta check the change without making it. */
  validate_only: z.boolean().default(false),
})
type ExclusionInput = z.output<typeof input>

/** Keeps the members of an audience from seeing the ads of an ad set. Run again it changes nothing. */
export const excludeAudience: Action<MetaConfig> = defineAction({
  name: 'exclude_audience',
  description: 'Excludes an audience from an ad set and leaves its other targeting as it is.',
  effect: 'changes',
  input,
  async run(context: MetaContext, wanted) {
    const targeting = await readTargeting(context, wanted.adset_id)
    const { custom_audiences: included, excluded_custom_audiences: excluded } = lists.parse(targeting)
    if (has(excluded, wanted.audience_id)) return { adset_id: wanted.adset_id, changed: false }
    if (has(included, wanted.audience_id)) throw refusal('the ad set targets this audience itself')
    if (excluded.length >= mostExclusions)
      throw refusal(`the ad set excludes ${mostExclusions} audiences already`)
    await writeTargeting(context, wanted, {
      ...targeting,
      excluded_custom_audiences: [...excluded, { id: wanted.audience_id }],
      targeting_automation: toExplicit(targeting['targeting_automation']),
    })
    return { adset_id: wanted.adset_id, changed: !wanted.validate_only }
  },
})

const act = 'excluding an audience from an ad set'
/** https://developers.facebook.com/docs/marketing-api/audiences/reference/targeting-search: up to 500 each. */
const mostExclusions = 500

const audiences = z.array(z.looseObject({ id: z.string() })).default([])
const lists = z.object({ custom_audiences: audiences, excluded_custom_audiences: audiences })
const has = (list: z.output<typeof audiences>, audience: string): boolean =>
  list.some((each) => each.id === audience)

const refusal = (said: string): PlatformError => new PlatformError('platform.invalid_request', { act, said })

const automation = z.looseObject({ advantage_audience: z.number().optional() }).catch({})

/** From v23 on Meta wants advantage_audience said; an ad set that lacks it has it off. */
function toExplicit(read: unknown): Record<string, unknown> {
  const known = automation.parse(read ?? {})
  return { ...known, advantage_audience: known.advantage_audience ?? 0 }
}

const adSet = z.object({
  id: z.string(),
  account_id: z.string(),
  targeting: z.record(z.string(), z.unknown()),
})

async function readTargeting(context: MetaContext, adSetId: string): Promise<Record<string, unknown>> {
  const { config } = context
  const { account_id: account, targeting } = await callMeta(context, {
    act: 'reading the targeting of an ad set',
    budget: scoreBudgetOf(config),
    answer: adSet,
    send: (api) => new AdSet(adSetId, {}, undefined, api).get(Object.keys(adSet.shape)),
  })
  if (`act_${account}` === config.ad_account_id) return targeting
  throw new PlatformError('platform.account_changed', { act, said: 'the ad set is of another account' })
}

/** Meta replaces the targeting as a whole, so all of it is sent. */
async function writeTargeting(
  context: MetaContext,
  wanted: ExclusionInput,
  targeting: Record<string, unknown>,
): Promise<void> {
  await callMeta(context, {
    act,
    budget: scoreBudgetOf(context.config),
    cost: 3,
    answer: z.object({ success: z.literal(true) }),
    send: (api) =>
      new AdSet(wanted.adset_id, {}, undefined, api).update([], {
        targeting,
        ...(wanted.validate_only && { execution_options: ['validate_only'] }),
      }),
  })
}
