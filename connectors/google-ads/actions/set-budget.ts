import { z } from 'zod'
import { defineAction } from '../../../core/connector/action.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { readAccount } from '../account.ts'
import type { GoogleAdsContext } from '../data-manager.ts'
import { mutate } from '../mutate.ts'
import { googleId, validateOnly } from './audience-id.ts'
import { readCampaignBudgets, type CampaignBudget } from './read-budgets.ts'

const act = 'setting a campaign budget'

const input = z.strictObject({
  budget_id: googleId,
  daily_amount: z.number().positive().max(1_000_000_000).meta({
    description: 'What may be spent a day, in the currency of the account.',
  }),
  expected_amount: z.number().positive().optional().meta({
    description: 'What it is now, as you saw it: when somebody changed it since, nothing is done.',
  }),
  allow_shared: z.boolean().default(false).meta({
    description: 'Also when several campaigns spend from this budget.',
  }),
  validate_only: validateOnly,
})
type Input = z.output<typeof input>

/** Changes what campaigns may spend a day. */
export const setBudget = defineAction({
  name: 'set_budget',
  description: 'Sets the daily budget of a campaign, or of several that share it.',
  effect: 'changes',
  input,
  run: runSet,
})

async function runSet(context: GoogleAdsContext, given: Input): Promise<JsonObject> {
  const { currency } = await readAccount(context)
  const micros = toMicros(given.daily_amount, currency)
  const [budget] = await readCampaignBudgets(context, [given.budget_id])
  if (!budget) throw new PlatformError('platform.not_found', { act, said: 'there is no such budget in use' })
  const refusal = whyNot(budget, given)
  if (refusal !== undefined) throw new PlatformError('platform.invalid_request', { act, said: refusal })
  await mutate(context, {
    act,
    validateOnly: given.validate_only,
    operations: [
      {
        entity: 'campaign_budget',
        operation: 'update',
        resource: {
          resource_name: `customers/${context.config.customer_id}/campaignBudgets/${budget.id}`,
          amount_micros: micros,
        },
      },
    ],
  })
  return {
    budget_id: budget.id,
    currency,
    amount_before: budget.dailyAmount,
    amount_now: given.validate_only ? budget.dailyAmount : given.daily_amount,
    campaigns: budget.campaigns,
    validated_only: given.validate_only,
  }
}

function whyNot(budget: CampaignBudget, given: Input): string | undefined {
  if (budget.period !== 'DAILY') return `the budget is ${budget.period.toLowerCase()}, not daily`
  const isShared = budget.shared || budget.campaigns > 1
  if (isShared && !given.allow_shared)
    return `${budget.campaigns} campaigns share this budget; allow it with allow_shared`
  const { expected_amount: expected } = given
  if (expected !== undefined && budget.dailyAmount !== expected)
    return `the budget is ${budget.dailyAmount ?? 'unknown'} now, not ${expected}`
  return undefined
}

/** Google refuses amounts finer than the currency's smallest coin (NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT). */
function toMicros(amount: number, currency: string): number {
  const { maximumFractionDigits: digits = 2 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions()
  const coin = 10 ** (6 - digits)
  const micros = Math.round(amount * 1_000_000)
  if (micros % coin === 0) return micros
  throw new PlatformError('platform.invalid_request', {
    act,
    said: `an amount in ${currency} has at most ${digits} decimals`,
  })
}
