import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { metaphone } from '../../../../core/identity/phonetic/metaphone.ts'
import { nysiis } from '../../../../core/identity/phonetic/nysiis.ts'
import { soundex } from '../../../../core/identity/phonetic/soundex.ts'

describe('phonetic keys', () => {
  // Soundex: the National Archives' own examples; the others by the published rules, as jellyfish has them.
  it.each([
    ['Robert', 'R163', 'RABAD', 'RBRT'],
    ['Rupert', 'R163', 'RAPAD', 'RPRT'],
    ['Ashcraft', 'A261', 'ASCRAFT', 'AXKRFT'],
    ['Tymczak', 'T522', 'TYNCSAC', 'TMKSK'],
    ['Pfister', 'P236', 'FASTAR', 'PFSTR'],
    ['Gutierrez', 'G362', 'GATAR', 'KTRS'],
    ['Knight', 'K523', 'NAGT', 'NT'],
    ['Wright', 'W623', 'WRAGT', 'RT'],
    ['Schwarz', 'S620', 'SWAR', 'SXWRS'],
    ['Philips', 'P412', 'FALAP', 'FLPS'],
    ['Thompson', 'T512', 'TANPSAN', '0MPSN'],
    ['Lee', 'L000', 'LY', 'L'],
    ['Plumb', 'P451', 'PLANB', 'PLM'],
    ['', '', '', ''],
  ])('of %s are %s, %s and %s', (name, bySoundex, byNysiis, byMetaphone) => {
    expect([soundex(name), nysiis(name), metaphone(name)]).toEqual([bySoundex, byNysiis, byMetaphone])
  })

  it.each([
    ['Catherine', 'Katherine'],
    ['Stephen', 'Steven'],
    ['Smith', 'Smyth'],
  ])('put %s and %s together', (one, other) => {
    expect(soundex(one).slice(1)).toBe(soundex(other).slice(1))
    expect(metaphone(one)).toBe(metaphone(other))
  })

  it('come to an end on any text, and do not ask for upper or lower case', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        for (const key of [soundex, nysiis, metaphone]) expect(typeof key(text)).toBe('string')
      }),
    )
    expect([soundex('mcdonald'), nysiis('mcdonald'), metaphone('MCDONALD')]).toEqual([
      soundex('McDonald'),
      nysiis('McDonald'),
      metaphone('McDonald'),
    ])
  })
})
