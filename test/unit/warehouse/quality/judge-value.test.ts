import { describe, expect, it } from 'vitest'
import { createValueJudge } from '../../../../hub-server/warehouse/quality/judge-value.ts'

const judge = createValueJudge({ phone: { country: 'DE' } }, '2026-11-22')
const codeOf = (country: string, value: string) => judge?.judge(`${country}\u001f${value}`)?.code

describe('a phone number is judged', () => {
  it.each([
    ['', '030 90182', undefined],
    ['FR', '06 12', 'phone_too_short'],
    ['FR', '06 12 34 56 78 90 12 34', 'phone_too_long'],
    ['ZZ', '06 12 34 56 78', 'phone_without_country'],
    ['FR', 'ask Ada', 'invalid_phone'],
    ['US', '555 555 5555', 'invalid_phone'],
    ['FR', '06 12 34 56 78 ext. 5', 'phone_extension'],
  ])('with country %j, %j: %s', (country, value, code) => {
    expect(codeOf(country, value)).toBe(code)
  })
})
