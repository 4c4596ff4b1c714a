import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../../core/audit/canonical-json.ts'
import type { JsonValue } from '../../../core/port/json.ts'

function shuffled(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => shuffled(item))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, shuffled(member)]),
  )
}

const json = fc.jsonValue({ maxDepth: 5 }) as fc.Arbitrary<JsonValue>

describe('canonicalJson', () => {
  it('orders keys at every level and adds no spaces', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 'é' }], a: null })).toBe('{"a":null,"b":[{"c":"é","d":1}]}')
  })

  it('does not depend on the order in which keys were written', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value))
      }),
    )
  })

  it('means the same value', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('keeps different values apart', () => {
    const texts = [1, '1', true, 'true', null, 'null', [], {}, [1, 2], [[1], 2], { a: 1 }, { a: '1' }].map(
      (value) => canonicalJson(value as JsonValue),
    )
    expect(new Set(texts).size).toBe(texts.length)
  })
})
