import { describe, expect, it } from 'vitest'
import { metaBudgets } from '../../../../connectors/meta/budgets.ts'

const remaining = (budget: string, headers: Record<string, string>): number | undefined =>
  metaBudgets.find((each) => each.name === budget)?.readRemaining?.(headers)

const throttle = (percent: number): Record<string, string> => ({
  'x-fb-ads-insights-throttle': JSON.stringify({ app_id_util_pct: 5, acc_id_util_pct: percent }),
})

describe('meta: budgets', () => {
  it.each([
    ['custom_audience_limited', 5_000, 3_600_000],
    ['custom_audience_full', 190_000, 3_600_000],
    ['ads_insights_limited', 600, 3_600_000],
    ['ads_insights_full', 190_000, 3_600_000],
    ['account_score_limited', 60, 300_000],
    ['account_score_full', 9_000, 300_000],
    ['app_calls', 200, 3_600_000],
  ])('has %s as published', (name, limit, windowMs) => {
    expect(metaBudgets.find((each) => each.name === name)).toMatchObject({ limit, windowMs })
  })

  it('reads what is left out of the busiest load of the custom-audience limit', () => {
    const usage = JSON.stringify({
      111: [{ type: 'ads_management', call_count: 100, total_cputime: 100, total_time: 100 }],
      222: [{ type: 'custom_audience', call_count: 10, total_cputime: 40, total_time: 25 }],
    })
    expect(remaining('custom_audience_limited', { 'x-business-use-case-usage': usage })).toBe(3_000)
    expect(remaining('custom_audience_full', { 'x-business-use-case-usage': usage })).toBe(114_000)
  })

  it('says nothing when the header is absent, broken, or of another limit', () => {
    const other = JSON.stringify({ 1: [{ type: 'ads_insights', call_count: 99 }] })
    expect(remaining('custom_audience_full', {})).toBeUndefined()
    expect(remaining('custom_audience_full', { 'x-business-use-case-usage': '{' })).toBeUndefined()
    expect(remaining('custom_audience_full', { 'x-business-use-case-usage': other })).toBeUndefined()
  })

  it('reads the score of the ad account and the use of the app', () => {
    expect(remaining('account_score_full', { 'x-ad-account-usage': '{"acc_id_util_pct":9.67}' })).toBe(8_129)
    const use = '{"call_count":28,"total_time":25,"total_cputime":90}'
    expect(remaining('app_calls', { 'x-app-usage': use })).toBe(19)
  })

  it('reads the use of insights out of whichever header says more', () => {
    const usage = JSON.stringify({ 1: [{ type: 'ads_insights', call_count: 50 }] })
    expect(remaining('ads_insights_limited', throttle(25))).toBe(450)
    expect(remaining('ads_insights_limited', { 'x-business-use-case-usage': usage, ...throttle(25) })).toBe(
      300,
    )
    expect(remaining('ads_insights_full', {})).toBeUndefined()
  })

  it('never reads less than nothing', () => {
    expect(remaining('account_score_limited', { 'x-ad-account-usage': '{"acc_id_util_pct":140}' })).toBe(0)
  })
})
