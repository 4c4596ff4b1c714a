import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connectedComponents } from '../../../core/identity/connected-components.ts'
import { divideComponent, type LinkedRecords } from '../../../core/identity/divide-component.ts'

const size = 8
const anyRecord = fc.nat(size - 1)
const anyComponent: fc.Arbitrary<LinkedRecords> = fc.record({
  records: fc.constant(Array.from({ length: size }, (_, record) => record)),
  links: fc.array(fc.record({ left: anyRecord, right: anyRecord, rank: fc.nat(3) }), { maxLength: 20 }),
  identifiers: fc.array(
    fc.record({
      recordId: anyRecord,
      kind: fc.constantFrom('email', 'phone'),
      value: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    }),
    { maxLength: 20 },
  ),
  splits: fc.array(
    fc.tuple(anyRecord, anyRecord).filter(([a, b]) => a !== b),
    { maxLength: 3 },
  ),
})

const groupsOf = (heads: ReadonlyMap<number, number>): number[][] =>
  [...Map.groupBy(heads.keys(), (record) => heads.get(record))].map(([, records]) => [...records])

const sorted = (heads: ReadonlyMap<number, number>): [number, number][] =>
  [...heads].toSorted(([a], [b]) => a - b)

describe('dividing linked records', () => {
  it('gives the connected components when there is nothing to keep to', () => {
    fc.assert(
      fc.property(anyComponent, ({ records, links }) => {
        const heads = divideComponent({ records, links, identifiers: [], splits: [] }, new Map())
        const shared = links.flatMap(({ left, right }, at) =>
          [left, right].map((recordId) => ({ recordId, kind: 'link', value: String(at) })),
        )
        expect(new Map(heads)).toEqual(new Map(connectedComponents(records, shared)))
      }),
    )
  })

  it('never brings a split pair together', () => {
    fc.assert(
      fc.property(anyComponent, (component) => {
        const heads = divideComponent(component, new Map([['email', 2]]))
        for (const [a, b] of component.splits) expect(heads.get(a)).not.toBe(heads.get(b))
      }),
    )
  })

  it('joins nobody beyond a limit', () => {
    fc.assert(
      fc.property(anyComponent, (component) => {
        const limit = 2
        for (const records of groupsOf(divideComponent(component, new Map([['email', limit]])))) {
          const emailsOf = (record: number): Set<string> =>
            new Set(
              component.identifiers
                .filter(({ recordId, kind }) => recordId === record && kind === 'email')
                .map(({ value }) => value),
            )
          const together = new Set(records.flatMap((record) => [...emailsOf(record)]))
          const most = Math.max(...records.map((record) => emailsOf(record).size))
          expect(together.size).toBeLessThanOrEqual(Math.max(limit, most))
        }
      }),
    )
  })

  it('does not depend on the order of what it is told', () => {
    fc.assert(
      fc.property(anyComponent, (component) => {
        const limits = new Map([['phone', 1]])
        const reversed = {
          records: component.records.toReversed(),
          links: component.links.toReversed(),
          identifiers: component.identifiers.toReversed(),
          splits: component.splits.toReversed(),
        }
        expect(sorted(divideComponent(reversed, limits))).toEqual(sorted(divideComponent(component, limits)))
      }),
    )
  })

  it('follows the more trusted link where both cannot be', () => {
    const heads = divideComponent(
      {
        records: [1, 2, 3],
        links: [
          { left: 1, right: 2, rank: 1 },
          { left: 2, right: 3, rank: 0 },
        ],
        identifiers: [],
        splits: [[1, 3]],
      },
      new Map(),
    )
    expect([...heads]).toEqual([
      [1, 1],
      [2, 2],
      [3, 2],
    ])
  })
})
