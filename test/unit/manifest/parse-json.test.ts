import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../../hub-server/manifest/parse-json.ts'
import { fileLimits, scanBounds } from '../../../hub-server/manifest/scan-bounds.ts'

/** JSON text with one character taken out, put in or replaced: mostly broken, sometimes still JSON. */
const nearlyJson = fc
  .tuple(
    fc.json(),
    fc.nat(),
    fc.constantFrom(
      '',
      ',',
      '}',
      ']',
      '"',
      '/',
      '/**/',
      '//',
      '0',
      '\\',
      '\t',
      'e',
      '-',
      '\u00a0',
      '\u2028',
      '\u0001',
    ),
    fc.nat(1),
  )
  .map(([text, at, put, cut]) => {
    const place = at % (text.length + 1)
    return text.slice(0, place) + put + text.slice(place + cut)
  })

function readByEngine(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

describe('parseJson', () => {
  it('takes exactly what the engine takes, and reads it alike', () => {
    fc.assert(
      fc.property(nearlyJson, (text) => {
        const parsed = parseJson(text)
        const engine = readByEngine(text)
        expect(parsed.faults.some(({ code }) => code === 'manifest.not_json')).toBe(engine === undefined)
        expect(parsed.faults.length > 0 ? engine?.value : parsed.value).toEqual(engine?.value)
      }),
      { numRuns: 2000 },
    )
  })

  it('never tells a place outside the text', () => {
    fc.assert(
      fc.property(nearlyJson, (text) => {
        for (const { offset } of parseJson(text).faults) {
          expect(offset).toBeGreaterThanOrEqual(0)
          expect(offset).toBeLessThanOrEqual(text.length)
        }
      }),
    )
  })
})

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

describe('scanBounds', () => {
  it('takes every document within the bounds, whatever its texts hold', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 10 }), (text) => {
        expect(scanBounds(text)).toBeUndefined()
      }),
    )
  })

  it('finds the depth at which nesting goes too far, exactly', () => {
    expect(scanBounds(nested(fileLimits.depth))).toBeUndefined()
    expect(scanBounds(nested(fileLimits.depth + 1))).toMatchObject({
      code: 'manifest.too_deep',
      offset: 64,
      found: 65,
    })
  })

  it('survives whatever text it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(scanBounds(text)?.offset ?? 0).toBeLessThanOrEqual(text.length)
      }),
    )
  })
})
