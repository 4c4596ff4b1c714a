import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connectedComponents } from '../../../core/identity/connected-components.ts'

const held = fc.array(
  fc.record({
    recordId: fc.nat(12),
    kind: fc.constantFrom('email', 'phone'),
    value: fc.constantFrom('a', 'b', 'c', 'd'),
  }),
)
const records = Array.from({ length: 13 }, (_, id) => id)

describe('connectedComponents', () => {
  it('joins through shared values of one kind, not of different kinds', () => {
    const components = connectedComponents(
      [1, 2, 3, 4],
      [
        { recordId: 3, kind: 'email', value: 'x' },
        { recordId: 1, kind: 'email', value: 'x' },
        { recordId: 1, kind: 'phone', value: 'y' },
        { recordId: 2, kind: 'phone', value: 'y' },
        { recordId: 4, kind: 'phone', value: 'x' },
      ],
    )
    expect([...components]).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 4],
    ])
  })

  it('is reflexive, symmetric and transitive, names each person by the smallest record, and forgets the order', () => {
    fc.assert(
      fc.property(held, fc.func(fc.nat()), (identifiers, order) => {
        const components = connectedComponents(records, identifiers)
        for (const [record, person] of components) {
          expect(person).toBeLessThanOrEqual(record)
          expect(components.get(person)).toBe(person)
        }
        for (const one of identifiers) {
          for (const other of identifiers) {
            if (one.kind !== other.kind || one.value !== other.value) continue
            expect(components.get(one.recordId)).toBe(components.get(other.recordId))
          }
        }
        const shuffled = identifiers.toSorted((a, b) => order(a) - order(b))
        expect(connectedComponents(records, shuffled)).toEqual(components)
      }),
    )
  })
})
