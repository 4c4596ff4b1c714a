import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AuditEntry, AuditFact } from '../../../core/audit/audit-entry.ts'
import { emptyChain, linkEntry, verifyChain, type ChainHead } from '../../../core/audit/chain.ts'
import { sha256 } from '../../../hub-server/store/sha256.ts'

const fact = (number: number): AuditFact => ({
  at: 1_700_000_000_000 + number,
  actor: 'cli:ada',
  action: 'run_started',
  object: `sync/s${number % 3}`,
  details: { planned: number, by: { rule: 'r', list: [1, null, true] } },
})

function chainOf(facts: readonly AuditFact[]): AuditEntry[] {
  const entries: AuditEntry[] = []
  let head: ChainHead = emptyChain
  for (const one of facts) {
    const entry = linkEntry(one, head, sha256)
    entries.push(entry)
    head = entry
  }
  return entries
}

const chain = chainOf(Array.from({ length: 30 }, (_, index) => fact(index)))

const forgeBoth = (entry: AuditEntry): AuditEntry =>
  linkEntry({ ...entry, actor: 'cli:eve' }, { number: entry.number - 1, hash: entry.previousHash }, sha256)

const edits: readonly [string, (entry: AuditEntry) => AuditEntry][] = [
  ['time', (entry) => ({ ...entry, at: entry.at + 1 })],
  ['actor', (entry) => ({ ...entry, actor: 'cli:eve' })],
  ['action', (entry) => ({ ...entry, action: 'run_succeeded' })],
  ['object', (entry) => ({ ...entry, object: 'sync/other' })],
  ['details', (entry) => ({ ...entry, details: { ...entry.details, planned: 999 } })],
  ['details, by an added key', (entry) => ({ ...entry, details: { ...entry.details, more: null } })],
  ['hash', (entry) => ({ ...entry, hash: sha256('x') })],
  ['previous hash', (entry) => ({ ...entry, previousHash: sha256('x') })],
]

const insert = (entries: readonly AuditEntry[], place: number, more: readonly AuditEntry[]): AuditEntry[] => [
  ...entries.slice(0, place),
  ...more,
  ...entries.slice(place),
]

/** Each changes the chain inside; its end is the head file's matter. `consistent`: the forged entry fits its own hash. */
const tampers: readonly {
  readonly name: string
  readonly consistent?: true
  readonly apply: (entries: readonly AuditEntry[], place: number, other: number) => AuditEntry[]
}[] = [
  ...edits.map(([name, edit]) => ({
    name: `edits the ${name}`,
    apply: (entries: readonly AuditEntry[], place: number) =>
      entries.map((entry, index) => (index === place ? edit(entry) : entry)),
  })),
  {
    name: 'edits an entry and its own hash',
    consistent: true,
    apply: (entries, place) => entries.map((entry, index) => (index === place ? forgeBoth(entry) : entry)),
  },
  { name: 'deletes an entry', apply: (entries, place) => entries.filter((_, index) => index !== place) },
  {
    name: 'deletes an entry and renumbers the rest',
    apply: (entries, place) =>
      entries.filter((_, index) => index !== place).map((entry, index) => ({ ...entry, number: index + 1 })),
  },
  {
    name: 'inserts a forged entry',
    consistent: true,
    apply: (entries, place, other) => {
      const before = entries[place - 1] ?? emptyChain
      return insert(entries, place, [linkEntry({ ...fact(other), actor: 'cli:eve' }, before, sha256)])
    },
  },
  {
    name: 'inserts a copy of another entry',
    apply: (entries, place, other) => insert(entries, place, entries.slice(other, other + 1)),
  },
  {
    name: 'moves an entry to another place',
    apply: (entries, place, other) => {
      const target = other === place ? place + 1 : other
      const rest = entries.filter((_, index) => index !== place)
      return insert(rest, target, entries.slice(place, place + 1))
    },
  },
]

describe('verifyChain', () => {
  it('accepts an untouched chain and an empty one', () => {
    expect(verifyChain(chain, sha256)).toEqual({ ok: true, head: { number: 30, hash: chain[29]?.hash } })
    expect(verifyChain([], sha256)).toEqual({ ok: true, head: emptyChain })
  })

  it('accepts a chain of any facts', () => {
    const anyFact = fc.record({
      at: fc.nat(),
      actor: fc.string(),
      action: fc.string(),
      object: fc.string(),
      details: fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<AuditFact['details']>,
    })
    fc.assert(
      fc.property(fc.array(anyFact, { maxLength: 10 }), (facts) => {
        expect(verifyChain(chainOf(facts), sha256)).toMatchObject({
          ok: true,
          head: { number: facts.length },
        })
      }),
      { numRuns: 200 },
    )
  })

  it('finds each of 1,000 random tampers and names the first bad entry', () => {
    let found = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...tampers),
        fc.nat({ max: chain.length - 2 }),
        fc.nat({ max: chain.length - 2 }),
        (tamper, place, other) => {
          const tampered = tamper.apply(chain, place, other)
          const changedAt = tampered.findIndex((entry, index) => !isDeepStrictEqual(entry, chain[index])) + 1
          // An entry whose own hash was forged too is betrayed only by the link of the one behind it.
          const number = changedAt + (tamper.consistent ? 1 : 0)
          const report = verifyChain(tampered, sha256)
          expect(report, `${tamper.name} at ${place}`).toMatchObject({ ok: false, number })
          found += 1
        },
      ),
      { numRuns: 1_000 },
    )
    expect(found).toBe(1_000)
  })

  it.each(edits)('names the entry itself when its %s was edited', (_name, edit) => {
    const entries = chain.map((entry, index) => (index === 6 ? edit(entry) : entry))
    expect(verifyChain(entries, sha256)).toMatchObject({ ok: false, number: 7, head: { number: 6 } })
  })

  it('names the place of a missing entry', () => {
    const entries = chain.filter((_, index) => index !== 4)
    expect(verifyChain(entries, sha256)).toMatchObject({ ok: false, number: 5, problem: 'number_differs' })
  })

  it('continues behind a head, page by page', () => {
    const first = verifyChain(chain.slice(0, 10), sha256)
    expect(verifyChain(chain.slice(10), sha256, first.head)).toEqual(verifyChain(chain, sha256))
  })

  it('cannot see a cut tail by itself: the head it returns must be compared', () => {
    expect(verifyChain(chain.slice(0, 20), sha256)).toMatchObject({ ok: true, head: { number: 20 } })
  })
})
