import { describe, expect, it } from 'vitest'
import { AffluentError } from '../../../../core/errors/affluent-error.ts'
import { parseRuleText, readRuleText } from '../../../../core/segment/text/parse-rule-text.ts'
import { printRule } from '../../../../core/segment/text/print-rule.ts'
import { placeInText } from '../../../../core/segment/text/rule-text-error.ts'
import { validateRule } from '../../../../core/segment/validate-rule.ts'
import { createTranslator } from '../../../../hub-server/locales/translate.ts'
import { aRuleSchema } from '../a-rule-schema.ts'

function errorOf(text: string): AffluentError {
  try {
    parseRuleText(text)
  } catch (error) {
    if (error instanceof AffluentError) return error
    throw error
  }
  throw new Error(`was read: ${text}`)
}

describe('parseRuleText points at', () => {
  it.each([
    ['country = FR', 11, 'value', '"FR"'],
    ['contry "FR"', 8, 'comparison', ''],
    ['country = "FR" an vip = true', 16, 'and_or', 'and'],
    ['country = "FR" et vip = true', 16, 'and_or', 'and'],
    ['sum(purchase.amount, lst 30 days) > 3', 22, 'window', 'last'],
    ['sum(purchase.amount, last 30 dayz) > 3', 30, 'duration', 'day'],
    ['summ(purchase.amount) > 3', 1, 'function', 'sum'],
    ['(country = "FR"', 16, 'and_or', ''],
    ['country = "FR', 11, 'quote', ''],
    ['country = "FR" & vip = true', 16, 'character', 'and'],
    ['', 1, 'condition', ''],
    ['count(purchase)', 16, 'comparison', ''],
    ['score between 5 or 10', 17, 'between', ''],
    ['performed(purchase, last 3 lunches) or vip = true', 28, 'duration', ''],
    ['signup during this wek', 20, 'period', 'week'],
    ['signup on mondai', 11, 'weekday', 'monday'],
    ['Country = "FR"', 1, 'condition', 'country'],
    ['country = "\\x"', 12, 'escape', ''],
    ['score = 12345678901234567890', 9, 'number', ''],
    ['top 200 % by score', 5, 'percent', ''],
    ['performed(open, last 7 days, last 8 days)', 30, 'one_window', ''],
    ['performed(open, last 7 days, after first purchase)', 30, 'one_window', ''],
    ['place(latitude, longitude) within 25 km of (91, 2)', 45, 'coordinate', ''],
    ['money(score, currency) in eur >= 1', 27, 'currency', 'EUR'],
    ['country = @', 11, 'character', ''],
    ['score > 1,5', 10, 'and_or', '1.5'],
    ['score > 1,234.5', 10, 'and_or', '1234.5'],
    ['score > 1 000', 11, 'and_or', '1000'],
    ['score between 1,5 and 3', 16, 'between', '1.5'],
    ['signup = today', 10, 'value', 'during today'],
    ['signup during previous 99999 years', 30, 'period', ''],
    ['country = « FR', 11, 'quote', ''],
    ['consent(ads, email) is grantd', 24, 'consent_state', 'granted'],
    ['in time zone Paris (vip = true)', 14, 'value', '"Europe/Paris"'],
  ])('the place in %s', (text, column, expected, suggestion) => {
    const { code, params } = errorOf(text)
    expect([code, params['line'], params['column'], params['expected'], params['suggestion']]).toEqual([
      'segment.text_invalid',
      1,
      column,
      expected,
      suggestion,
    ])
    expect(String(params['caret']).indexOf('^') + 1).toBe(column)
  })

  it('the line of a text of several lines', () => {
    const { params } = errorOf('country = "FR"\n  and vip == \n')
    expect(params).toMatchObject({ line: 3, column: 1, expected: 'value' })
    expect(errorOf('country = "FR"\n  and vip ~ 1').params).toMatchObject({
      line: 2,
      column: 11,
      excerpt: '  and vip ~ 1',
      caret: '          ^',
    })
  })

  it('the place in words of French and English', () => {
    const error = errorOf('country = FR')
    expect(createTranslator('en').error(error)).toEqual({
      title: 'column 11: expected a value: a text in quotes, a number, a date, true or false, found “FR”',
      repair: 'country = FR\n            ^^\n  Did you mean "FR"?',
    })
    expect(createTranslator('fr').error(error).title.replaceAll('\u00A0', ' ')).toBe(
      'colonne 11 : attendu une valeur : un texte entre guillemets, un nombre, une date, true ou false, trouvé « FR »',
    )
  })

  it('brackets nested beyond any rule, in time that grows with the text alone', () => {
    expect(errorOf(`${'('.repeat(100_000)}vip = true`)).toMatchObject({ code: 'segment.too_deep' })
    expect(errorOf('not '.repeat(100_000))).toMatchObject({ code: 'segment.too_deep' })
    expect(errorOf(Array.from({ length: 20_000 }, () => 'vip = true').join(' and '))).toMatchObject({
      code: 'segment.too_many_nodes',
      params: { limit: 500, found: 501, line: 1, column: 7501 },
    })
    expect(errorOf(`country in (${'"a", '.repeat(10_001)}"b")`).params).toMatchObject({ expected: 'terms' })
  })
})

describe('readRuleText', () => {
  it.each([
    ['vip = true and countri = "FR"', 'countri'],
    ['not (vip = true or country >= 3)', '>='],
    ['country = 3', '3'],
    ['performed(purchase where shap = "x")', 'shap'],
    ['performed(open, followed by purchas within 2 hours)', 'purchas'],
    ['top 5 by scor', 'scor'],
    ['in time zone "Europe/Pariss" (vip = true)', '"Europe/Pariss"'],
    ['performed(open, followed by purchase within 1 month)', '1 month'],
    ['consent(ads, emial) is granted', 'emial'],
  ])('finds the place of a fault in %s', (text, marked) => {
    const { rule, spanOf } = readRuleText(text)
    const faults = validateRule(rule, { name: '', profileSchema: aRuleSchema, segments: new Map() })
    const { start, end } = spanOf(faults[0]?.path ?? [])
    expect(text.slice(start, end)).toBe(marked)
  })

  it('cuts a long line around the place', () => {
    const text = `${'vip = true and '.repeat(100)}countri = 1`
    const { excerpt, caret } = placeInText(text, { start: 1500, end: 1507 })
    expect(excerpt.length).toBeLessThan(120)
    expect(excerpt.slice(caret.indexOf('^'), caret.length)).toBe('countri')
  })
})

describe('parseRuleText reads', () => {
  it.each([
    ['country is "FR"', 'country = "FR"'],
    ['country is not missing AND vip IS true', 'country is known and vip = true'],
    ["name in ('a', “b”, ‘c’)", 'name in ("a", "b", "c")'],
    [
      'score at least 10 and score more than 3 and score at most 5',
      'score >= 10 and score > 3 and score <= 5',
    ],
    ['birthday is at least 18 years old', 'birthday at least 18 years old'],
    ['signup is more than 30 days ago', 'signup more than 30 days ago'],
    ['signup in the last 24 hours', 'signup within last 24 hours'],
    ['signup less than 30 days ago', 'signup within last 30 days'],
    ['renewal more than 60 days ahead', 'renewal more than 60 days from now'],
    ['renewal is less than 60 days from now', 'renewal within next 60 days'],
    ['signup > 2026-01-31', 'signup after 2026-01-31'],
    ['signup < 30 days ago', 'signup before 30 days ago'],
    ['signup > 30 days ago and score > 3', 'signup after 30 days ago and score > 3'],
    ['signup > "2026-01-31"', 'signup > "2026-01-31"'],
    ['tags contains nothing but ("a", "b")', 'tags contains only ("a", "b")'],
    ['name in (« FR », «\u00A0l’été\u202F», «»)', 'name in ("FR", "l’été", "")'],
    ['birthday in march or signup is on monday', 'birthday in month march or signup on monday'],
    ['signup during last month', 'signup during previous month'],
    ['performed(open, this week)', 'performed(open, during this week)'],
    ['performed(open, after purchase)', 'performed(open, after last purchase)'],
    ['net(2 * purchase.amount -1 * refund.amount) > 1', 'net(2 * purchase.amount - refund.amount) > 1'],
    ['vip = true or vip = false and score = 1', 'vip = true or (vip = false and score = 1)'],
    ['((vip = true))', 'vip = true'],
    ['`count` = 1 and `not` = 2', '`count` = 1 and `not` = 2'],
    ['all(vip = true) and any(vip = true, score = 1)', 'all(vip = true) and (vip = true or score = 1)'],
    ['sample 5% of spring', 'sample 5 % of "spring"'],
    ['performed(open where always, any time)', 'performed(open where always, any time)'],
  ])('%s as %s', (text, canonical) => {
    expect(printRule(parseRuleText(text))).toBe(canonical)
  })
})
