import { z } from 'zod'
import { defineAction } from '../../../core/connector/action.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { readAccount } from '../account.ts'
import type { GoogleAdsContext } from '../data-manager.ts'
import { readNumber, readPath, readText } from '../gaql-value.ts'
import { searchAll, type GaqlRow } from '../google-ads.ts'
import { googleId } from './audience-id.ts'

/** A campaign budget, in units of the account's currency. */
export interface CampaignBudget {
  readonly id: string
  readonly name: string
  readonly period: string
  /** A day; null for a budget over the whole campaign. */
  readonly dailyAmount: number | null
  readonly totalAmount: number | null
  readonly shared: boolean
  readonly campaigns: number
}

const input = z.strictObject({
  budget_ids: z
    .array(googleId)
    .max(1_000)
    .default([])
    .meta({ description: 'Which ones. Empty: all that are in use.' }),
})

/** Tells what campaigns may spend. */
export const readBudgets = defineAction({
  name: 'read_budgets',
  description: 'Tells the budgets of campaigns, in the currency of the account.',
  effect: 'reads',
  input,
  run: runRead,
})

async function runRead(context: GoogleAdsContext, given: z.output<typeof input>): Promise<JsonObject> {
  const { currency } = await readAccount(context)
  const budgets = await readCampaignBudgets(context, given.budget_ids)
  return {
    currency,
    budgets: budgets.map((budget) => ({
      budget_id: budget.id,
      name: budget.name,
      period: budget.period,
      daily_amount: budget.dailyAmount,
      total_amount: budget.totalAmount,
      shared: budget.shared,
      campaigns: budget.campaigns,
    })),
  }
}

/** Budgets by number; all enabled ones when no number is given. */
export async function readCampaignBudgets(
  context: GoogleAdsContext,
  ids: readonly string[],
): Promise<readonly CampaignBudget[]> {
  const columns = [
    'id',
    'name',
    'period',
    'amount_micros',
    'total_amount_micros',
    'explicitly_shared',
    'reference_count',
  ]
  const which = ids.length === 0 ? '' : ` AND campaign_budget.id IN (${ids.join(', ')})`
  const rows = await searchAll(context, {
    act: 'reading campaign budgets',
    gaql: [
      `SELECT ${columns.map((column) => `campaign_budget.${column}`).join(', ')}`,
      `FROM campaign_budget WHERE campaign_budget.status = 'ENABLED'${which}`,
    ].join(' '),
  })
  return rows.map(toBudget)
}

function toBudget(row: GaqlRow): CampaignBudget {
  const amount = (column: string): number | null => {
    const micros = readNumber(row, `campaign_budget.${column}`)
    return micros === null || micros === 0 ? null : micros / 1_000_000
  }
  return {
    id: readText(row, 'campaign_budget.id'),
    name: readText(row, 'campaign_budget.name'),
    period: readText(row, 'campaign_budget.period'),
    dailyAmount: amount('amount_micros'),
    totalAmount: amount('total_amount_micros'),
    shared: readPath(row, 'campaign_budget.explicitly_shared') === true,
    campaigns: readNumber(row, 'campaign_budget.reference_count') ?? 0,
  }
}
