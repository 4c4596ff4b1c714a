import { describe, expect, it } from 'vitest'
import { suggestName } from '../../../hub-server/manifest/suggest-name.ts'

describe('suggestName', () => {
  it.each([
    ['contcts', ['contacts', 'invoices'], 'contacts'],
    ['firstName', ['first_name', 'last_name'], 'first_name'],
    ['EMAIL', ['email', 'phone'], 'email'],
    ['op', ['is', 'op', 'or'], 'op'],
  ])('takes %s for a near name', (word, names, expected) => {
    expect(suggestName(word, names)).toBe(expected)
  })

  it('suggests nothing when nothing is near', () => {
    expect(suggestName('telephone', ['email', 'city'])).toBe('')
    expect(suggestName('x'.repeat(10_000), ['email'])).toBe('')
    expect(suggestName('email', [])).toBe('')
  })
})
