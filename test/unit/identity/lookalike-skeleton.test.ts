import { describe, expect, it } from 'vitest'
import { lookalikeSkeleton } from '../../../core/identity/lookalike-skeleton.ts'
import { decodePunycode } from '../../../core/identity/punycode.ts'
import { normaliseEmail } from '../../../core/profile/normalise-email.ts'

describe('the skeleton of an address', () => {
  it.each([
    ['раypal@shop.example', 'paypal@shop.example', 'Cyrillic letters'],
    ['ada@gοοgle.example', 'ada@google.example', 'Greek letters'],
    ['b0b@shop.example', 'bob@shop.example', 'a digit for a letter'],
    ['annal@shop.example', 'anna1@shop.example', 'one and l'],
    ['rnary@shop.example', 'mary@shop.example', 'two letters for one'],
    ['ada@xn--ggle-55da.example', 'ada@google.example', 'an internationalised domain'],
  ])('is one for %s and %s: %s', (one, other) => {
    expect(one).not.toBe(other)
    expect(lookalikeSkeleton(one)).toBe(lookalikeSkeleton(other))
  })

  it.each([
    ['rené@shop.example', 'rene@shop.example'],
    ['ada@shop.example', 'ada@shop2.example'],
    ['john.smith@shop.example', 'jon.smith@shop.example'],
  ])('is not one for %s and %s', (one, other) => {
    expect(lookalikeSkeleton(one)).not.toBe(lookalikeSkeleton(other))
  })
})

describe('punycode', () => {
  // RFC 3492 §7.1 (B) and (J), and the label of "müller".
  it.each([
    ['ihqwcrb4cv8a8dqg056pqjye', '他们为什么不说中文'],
    ['PorqunopuedensimplementehablarenEspaol-fmd56a', 'PorquénopuedensimplementehablarenEspañol'],
    ['mller-kva', 'müller'],
  ])('reads %s', (code, text) => {
    expect(decodePunycode(code)).toBe(text)
  })

  it('reads back what the URL parser writes', () => {
    const address = normaliseEmail('ada@bücher-straße.example')
    const code = typeof address === 'string' ? /xn--([a-z0-9-]+)/.exec(address)?.[1] : undefined
    expect(decodePunycode(code ?? '')).toBe('bücher-straße')
  })

  it.each(['!', '999', 'a-!'])('refuses %s', (code) => {
    expect(decodePunycode(code)).toBeUndefined()
  })
})
