import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connectedComponents } from '../../../core/identity/connected-components.ts'
import { divideComponent, type TiedRecords } from '../../../core/identity/divide-component.ts'

const size = 8
const anyRecord = fc.nat(size - 1)
const anyComponent: fc.Arbitrary<TiedRecords> = fc.record({
  records: fc.constant(Array.from({ length: size }, (_, record) => record)),
  ties: fc.array(
    fc.record({ records: fc.array(anyRecord, { minLength: 2, maxLength: 4 }), rank: fc.nat(3) }),
    {
      maxLength: 12,
    },
  ),
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
      fc.property(anyComponent, ({ records, ties }) => {
        const heads = divideComponent({ records, ties, identifiers: [], splits: [] }, new Map())
        const shared = ties.flatMap(({ records: tied }, at) =>
          tied.map((recordId) => ({ recordId, kind: 'link', value: String(at) })),
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
          ties: component.ties.toReversed(),
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
        ties: [
          { records: [1, 2], rank: 1 },
          { records: [2, 3], rank: 0 },
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

  it('joins the others that hold a value when one of them must stay outside', () => {
    const component = { records: [1, 2, 3], ties: [{ records: [1, 2, 3], rank: 0 }], identifiers: [] }
    const splits: [number, number][] = [
      [1, 2],
      [1, 3],
    ]
    expect([...divideComponent({ ...component, splits }, new Map())]).toEqual([
      [1, 1],
      [2, 2],
      [3, 2],
    ])
  })

  it('lets no limit stand against what a person said', () => {
    const identifiers = [1, 2].map((recordId) => ({ recordId, kind: 'email', value: String(recordId) }))
    const limits = new Map([['email', 1]])
    const divided = (rank: number) =>
      divideComponent({ records: [1, 2], ties: [{ records: [1, 2], rank }], identifiers, splits: [] }, limits)
    expect(divided(0).get(2)).toBe(2)
    expect(divided(-1).get(2)).toBe(1)
  })
})
