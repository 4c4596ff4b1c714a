import { assert, constantFrom, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeLettersWith, createLetterCodes } from '../../../core/identity/letter-codes.ts'
import { levenshtein } from '../../../core/identity/similarity/levenshtein.ts'

const alphabet = Array.from('абвгдежзиαβγδεłøßabc-1')
const name = string({ unit: constantFrom(...alphabet), maxLength: 8 })
const lettersOf = (texts: readonly string[]): string[] => [
  ...new Set(texts.flatMap((text) => Array.from(text))),
]

describe('letters coded in one byte each', () => {
  it('are as far apart as before, and take one byte', () => {
    assert(
      property(name, name, (left, right) => {
        const [codes = new Map(), ...others] = createLetterCodes(lettersOf([left, right]))
        expect(others).toEqual([])
        const coded = [left, right].map((text) => codeLettersWith(codes, text))
        expect(coded.map((text) => Buffer.byteLength(text))).toEqual(
          [left, right].map((text) => Array.from(text).length),
        )
        expect(levenshtein(coded[0] ?? '', coded[1] ?? '')).toBe(levenshtein(left, right))
      }),
    )
  })

  it('leave plain letters as they are', () => {
    const [codes = new Map()] = createLetterCodes(['a', 'Z', 'я'])
    expect(codeLettersWith(codes, 'aZ')).toBe('aZ')
    expect(['a', 'Z']).not.toContain(codeLettersWith(codes, 'я'))
  })

  it('are told apart by one of two codings when they are thousands, and never seem farther apart than they are', () => {
    const letters = Array.from({ length: 5000 }, (_, index) => String.fromCodePoint(0x4e00 + index))
    const codings = createLetterCodes(letters)
    const keys = letters.map((letter) => codings.map((codes) => codeLettersWith(codes, letter)).join(' '))
    expect(new Set(keys).size).toBe(letters.length)
    const chinese = string({ unit: constantFrom(...letters), maxLength: 4 })
    assert(
      property(chinese, chinese, (left, right) => {
        const distances = codings.map((codes) =>
          levenshtein(codeLettersWith(codes, left), codeLettersWith(codes, right)),
        )
        expect(Math.max(...distances)).toBeLessThanOrEqual(levenshtein(left, right))
        expect(Math.max(...distances) === 0).toBe(left === right)
      }),
    )
  })
})
