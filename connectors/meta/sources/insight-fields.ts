import { z } from 'zod'
import type { JsonObject, JsonValue } from '../../../core/port/json.ts'
import type { MetaConfig } from '../config.ts'

/** What one line of a report is about. */
export type InsightLevel = MetaConfig['insights_level']

/** One line of a report as Meta answers it: figures come as texts. */
export type InsightRow = Readonly<Record<string, unknown>>

/** From the finest level to the coarsest: a report of a level knows the ids and names of it and of those after it. */
const levels: readonly InsightLevel[] = ['ad', 'adset', 'campaign', 'account']

interface InsightField {
  /** Meta's field (https://developers.facebook.com/docs/marketing-api/reference/adgroup/insights/). */
  readonly from: string
  /** The coarsest level that still has it. Default: all have it. */
  readonly upTo?: InsightLevel
  readonly read: (value: unknown) => JsonValue
}

const amount = z.union([z.number(), z.string().regex(/^-?\d+(?:\.\d+)?$/)]).transform(Number)
const actionList = z.array(z.looseObject({ action_type: z.string(), value: amount }))

const toNumber = (value: unknown): JsonValue => amount.safeParse(value).data ?? null
const toText = (value: unknown): JsonValue => (typeof value === 'string' ? value : null)
const toActions = (value: unknown): readonly { readonly action_type: string; readonly value: number }[] =>
  actionList.safeParse(value).data ?? []

/** One figure for each kind of action. They are not added up: Meta lists totals beside their parts. */
const toActionMap = (value: unknown): JsonValue =>
  Object.fromEntries(toActions(value).map((action) => [action.action_type, action.value]))

const number = (from: string): InsightField => ({ from, read: toNumber })
const text = (from: string, upTo?: InsightLevel): InsightField => ({
  from,
  read: toText,
  ...(upTo !== undefined && { upTo }),
})
const actionMap = (from: string): InsightField => ({ from, read: toActionMap })

/** The figure of the first kind that the list has. Meta leaves out actions that nobody took, so `otherwise` stands for those. */
const action = (from: string, kinds: readonly string[], otherwise: number | null): InsightField => ({
  from,
  read: (value) => {
    const actions = toActions(value)
    const found = kinds.map((kind) => actions.find((each) => each.action_type === kind))
    return found.find((each) => each !== undefined)?.value ?? otherwise
  },
})

/** "omni" counts a purchase once, wherever it was made: website, app or shop. */
const purchase = ['omni_purchase', 'purchase', 'offsite_conversion.fb_pixel_purchase']

/** Fields of the stream, in the order of their description. */
export const insightFields: Readonly<Record<string, InsightField>> = {
  date: text('date_start'),
  ad_id: text('ad_id', 'ad'),
  ad_name: text('ad_name', 'ad'),
  adset_id: text('adset_id', 'adset'),
  adset_name: text('adset_name', 'adset'),
  campaign_id: text('campaign_id', 'campaign'),
  campaign_name: text('campaign_name', 'campaign'),
  account_id: text('account_id'),
  currency: text('account_currency'),
  impressions: number('impressions'),
  reach: number('reach'),
  frequency: number('frequency'),
  clicks: number('clicks'),
  link_clicks: number('inline_link_clicks'),
  ctr: number('ctr'),
  link_ctr: number('inline_link_click_ctr'),
  cpc: number('cpc'),
  cpm: number('cpm'),
  spend: number('spend'),
  purchases: action('actions', purchase, 0),
  purchase_value: action('action_values', purchase, 0),
  cost_per_purchase: action('cost_per_action_type', purchase, null),
  roas: action('purchase_roas', purchase, null),
  website_roas: action('website_purchase_roas', ['offsite_conversion.fb_pixel_purchase'], null),
  actions: actionMap('actions'),
  action_values: actionMap('action_values'),
  conversions: actionMap('conversions'),
  conversion_values: actionMap('conversion_values'),
}

/** Whether reports of a level have a field. */
function isKnownAt(level: InsightLevel, { upTo }: InsightField): boolean {
  return upTo === undefined || levels.indexOf(level) <= levels.indexOf(upTo)
}

/** Meta's field that identifies a line of a report together with its day. */
export const idFieldOf = (level: InsightLevel): string => `${level}_id`

/** Meta's fields that are needed for the wanted ones; always with the id. Meta gives the day unasked. */
export function toMetaFields(level: InsightLevel, wanted: readonly string[]): readonly string[] {
  const needed = wanted.flatMap((name) => {
    const field = insightFields[name]
    return field && isKnownAt(level, field) && field.from !== 'date_start' ? [field.from] : []
  })
  return [...new Set([idFieldOf(level), ...needed])]
}

/** The wanted fields of a line; null where the level does not have one or Meta left it out. */
export function readInsightRow(row: InsightRow, wanted: readonly string[]): JsonObject {
  const known = wanted.flatMap((name) => {
    const field = insightFields[name]
    return field ? [[name, field.read(row[field.from])] as const] : []
  })
  return Object.fromEntries(known)
}
