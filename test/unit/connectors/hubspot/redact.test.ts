import { describe, expect, it } from 'vitest'
import { redact } from '../../../../connectors/hubspot/redact.ts'

describe('redact', () => {
  it('takes e-mail addresses and long numbers out', () => {
    expect(redact('Email address ada@example.com is invalid, call +33 6 12 34 56 78')).toBe(
      'Email address <email> is invalid, call <number>',
    )
  })

  it('takes out what was sent, whatever its case, and leaves words that only contain it', () => {
    expect(redact('Value ADA is not valid in Adalbert, 36 is', ['ada', '36'])).toBe(
      'Value <value> is not valid in Adalbert, <value> is',
    )
  })

  it('treats sent values as text, not as patterns', () => {
    expect(redact('(.*) was not a valid option', ['(.*)', ''])).toBe('<value> was not a valid option')
  })

  it('cuts long words', () => {
    expect(redact('x '.repeat(10_000))).toHaveLength(300)
  })
})
