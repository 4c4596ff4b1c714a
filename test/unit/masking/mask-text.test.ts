import { describe, expect, it } from 'vitest'
import { maskText, maskWithin } from '../../../core/masking/mask-text.ts'

describe('maskText', () => {
  it.each([
    ['ada@example.com', 'a…@e….com'],
    ['ada.lovelace@mail.example.co.uk', 'a…@m….uk'],
    ['ab@x.fr', '…@….fr'],
    ['ada@localhost', 'a…@l…'],
    ['+33 6 12 34 56 78', '…78'],
    ['0612345678', '…78'],
    ['(01) 99-00-12-34', '…34'],
    ['crm-contact-7', 'c…7'],
    ['7', '…'],
    ['', '…'],
    ['😀ab😀', '😀…😀'],
  ])('%s is shown as %s', (text, shown) => {
    expect(maskText(text)).toBe(shown)
  })
})

describe('maskWithin', () => {
  it('leaves the words of a platform, and nothing that it repeats of a person', () => {
    const said =
      'The address ada@example.com (phone +33 6 12 34 56 78) of "Ada Lovelace" is not valid: code 422'
    expect(maskWithin(said)).toBe('The address a…@e….com (phone …78) of "…" is not valid: code 422')
  })

  it('takes an apostrophe for no quote', () => {
    expect(maskWithin("the account's list doesn't take it")).toBe("the account's list doesn't take it")
  })
})
