import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { md5Hex } from '../../../core/segment/md5.ts'
import { isInSample, placeInSample } from '../../../core/segment/sample-test.ts'

describe('MD5', () => {
  // https://www.rfc-editor.org/rfc/rfc1321, A.5
  it.each([
    ['', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['abc', '900150983cd24fb0d6963f7d28e17f72'],
    ['abcdefghijklmnopqrstuvwxyz', 'c3fcd3d76192e4007dfb496cca67e13b'],
  ])('of %j is what its specification says', (text, digest) => {
    expect(md5Hex(text)).toBe(digest)
  })

  it('is that of Node for every text', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 200, size: 'max' })
    fc.assert(
      fc.property(text, (any) => {
        expect(md5Hex(any)).toBe(createHash('md5').update(any).digest('hex'))
      }),
    )
  })
})

describe('a sample', () => {
  const ids = Array.from({ length: 20_000 }, (_, index) => BigInt(index + 1))
  const share = (from: number, percent: number, salt = 'draw') =>
    ids.filter((id) => isInSample({ sample: { salt, from, percent } }, id))

  it('has about its share of people, and all of them at a hundred percent', () => {
    expect(share(0, 10).length / ids.length).toBeCloseTo(0.1, 2)
    expect(share(0, 100)).toEqual(ids)
  })

  it('is split by neighbouring shares without gap or overlap, whatever sums of decimals do', () => {
    const parts = [share(0, 0.1), share(0.1, 0.2), share(0.30000000000000004, 99.7)]
    expect(parts.flat().toSorted((a, b) => Number(a - b))).toEqual(ids)
  })

  it('tells where each stands, which is within the share that has them', () => {
    const places = share(20, 10).map((id) =>
      placeInSample({ sample: { salt: 'draw', from: 0, percent: 1 } }, id),
    )
    expect(Math.min(...places)).toBeGreaterThanOrEqual(20)
    expect(Math.max(...places)).toBeLessThan(30)
  })

  it('is drawn anew by another salt', () => {
    const both = new Set(share(0, 50))
    const common = share(0, 50, 'other').filter((id) => both.has(id))
    expect(common.length / ids.length).toBeCloseTo(0.25, 1)
  })

  // Computed by Python's hashlib from the same definition.
  it('keeps whom it has for ever', () => {
    expect(share(0, 0.05).slice(0, 4)).toEqual([1523n, 5467n, 10421n, 11961n])
  })
})
