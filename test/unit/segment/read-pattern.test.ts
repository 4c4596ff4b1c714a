import { describe, expect, it } from 'vitest'
import { PatternFault } from '../../../core/segment/pattern/pattern-fault.ts'
import { readPattern } from '../../../core/segment/pattern/read-pattern.ts'
import { faultsOf } from './faults-of.ts'

const fault = (pattern: string) => {
  const read = readPattern(pattern, false)
  return read instanceof PatternFault ? `${read.found} at ${read.position}` : read
}

describe('a pattern', () => {
  it.each([
    ['^a.b$', '(?s)^a.b$'],
    ['(a|b)+', '(?s)(?:a|b)+'],
    ['a*?b{2,}?', '(?s)a*b{2,}'],
    ['[a-c\\]\\-]', '(?s)[a-c\\]\\-]'],
    ['é/"', '(?s)é\\/\\"'],
  ])('is written as RE2 reads it: %s', (pattern, text) => {
    expect(readPattern(pattern, false)).toBe(text)
  })

  it('ignores the case of A to Z by naming both, in classes too', () => {
    expect(readPattern('aZé[b-dX0-9]', true)).toBe('(?s)[aA][zZ]é[b-dB-DXx-x0-9]')
    expect(readPattern('[Y-b]', true)).toBe('(?s)[Y-by-zA-B]')
  })

  it.each([
    ['(?=a)b', 'a look-ahead, look-behind, named group or flag at 2'],
    ['(?i)a', 'a look-ahead, look-behind, named group or flag at 2'],
    ['(a)\\1', 'the escape "\\1" at 5'],
    ['\\p{L}', 'the escape "\\p" at 2'],
    ['\\', 'the escape "\\" at 2'],
    ['a**', 'a repetition of a repetition at 3'],
    ['*a', 'a repetition of nothing at 1'],
    ['^*', 'a repetition of nothing at 2'],
    ['(a', 'a "(" without ")" at 3'],
    ['a)', 'a ")" without "(" at 2'],
    ['[a', 'a "[" without "]" at 3'],
    ['[]', 'an empty class at 3'],
    ['[[:alpha:]]', 'a "[" inside a class (write \\[) at 2'],
    ['[z-a]', 'a range whose larger end stands first at 5'],
    ['[a-\\d]', 'a range that ends in a class at 6'],
    ['x{2', 'a "{" that is no repetition (write \\{) at 2'],
    ['x{3,2}', 'a repetition whose larger number stands first at 2'],
    ['x{1001}', 'repetitions that are too long at 8'],
    ['((a{10}){10}){11}', 'repetitions that are too long at 18'],
    ['(((((((((((((((((((((a)))))))))))))))))))))', 'too many groups inside each other at 22'],
    ['a'.repeat(501), 'a pattern that is too long at 1'],
  ])('is refused with its place: %s', (pattern, expected) => {
    expect(fault(pattern)).toBe(expected)
  })

  it('is refused in a rule with what was found', () => {
    expect(faultsOf({ trait: 'country', op: 'matches', value: '(?!FR)' })).toEqual([
      {
        path: ['value'],
        code: 'segment.wrong_type',
        params: expect.objectContaining({
          found: 'a look-ahead, look-behind, named group or flag at character 2',
        }),
      },
    ])
  })
})
