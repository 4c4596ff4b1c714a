import { describe, expect, it } from 'vitest'
import { toCountryCode } from '../../../core/profile/country-code.ts'

describe('toCountryCode', () => {
  it.each([
    ['FR', 'FR'],
    ['fra', 'FR'],
    [' France ', 'FR'],
    ['Frankreich', 'FR'],
    ['Francia', 'FR'],
    ['UK', 'GB'],
    ['United Kingdom', 'GB'],
    ['Royaume-Uni', 'GB'],
    ['England', 'GB'],
    ['GB', 'GB'],
    ['EIRE', 'IE'],
    ['Ireland', 'IE'],
    ['Irland', 'IE'],
    ['USA', 'US'],
    ['United States of America', 'US'],
    ['RSA', 'ZA'],
    ['Channel Islands', 'JE'],
    ['Korea', 'KR'],
    ['United Arab Emirates', 'AE'],
    ["Côte-d'Ivoire", 'CI'],
    ['cote d ivoire', 'CI'],
    ['CÔTE D’IVOIRE', 'CI'],
    ['Österreich', 'AT'],
    ['Osterreich', 'AT'],
    ['Deutschland', 'DE'],
    ['Allemagne', 'DE'],
    ['Hong Kong', 'HK'],
    ['Schweiz', 'CH'],
    ['Großbritannien', 'GB'],
    ['Lebanon', 'LB'],
    ['Bahrain', 'BH'],
    ['Nigeria', 'NG'],
    ['Bermuda', 'BM'],
    ['Czech Republic', 'CZ'],
  ])('reads %s as %s', (text, expected) => {
    expect(toCountryCode(text)).toBe(expected)
  })

  it.each([
    '',
    'Unspecified',
    'West Indies',
    'European Community',
    'XX',
    'France and Spain',
    '__proto__',
    'x'.repeat(1e6),
  ])('refuses %.20s', (text) => {
    expect(toCountryCode(text)).toMatchObject({ code: 'unknown_country' })
  })
})
