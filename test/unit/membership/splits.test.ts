import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { profileSchemaManifest, splitManifest, type SplitManifest } from '../../../core/manifest/manifest.ts'
import { fromSplit } from '../../../core/membership/derive-segments.ts'
import { findReshuffle } from '../../../core/membership/find-reshuffle.ts'
import { movesBetweenArms } from '../../../core/membership/split-shares.ts'
import { evaluateRule } from '../../../core/segment/evaluate-rule.ts'

const schema = profileSchemaManifest.parse({
  kind: 'profile_schema',
  version: 1,
  name: 'main',
  identifiers: { email: { form: 'email' } },
})

const aSplit = (change: Partial<SplitManifest> = {}): SplitManifest =>
  splitManifest.parse({
    kind: 'split',
    version: 1,
    name: 'spring',
    segment: 'everybody',
    arms: [{ name: 'a', percent: 50 }],
    ...change,
  })

/** Arms by person; a person of the segment who is in no arm has none. */
function armOf(split: SplitManifest, profileId: bigint, segments = ['everybody']): string[] {
  const person = {
    traits: {},
    identifiers: {},
    consents: {},
    events: [],
    profileId,
    segments: new Set(segments),
  }
  return fromSplit(split)
    .filter(({ rule }) => evaluateRule(rule, person, { schema, asOf: 0 }))
    .map(({ name }) => name.slice(split.name.length + 1))
}

const people = Array.from({ length: 3000 }, (_, index) => BigInt(index * 7 + 1))
const armsOfAll = (split: SplitManifest): string[] => people.map((id) => armOf(split, id)[0] ?? '')

/** How far a count is from its share, in standard deviations: the draw is fixed, so a bound holds at every run or at none. */
function deviations(found: number, percent: number): number {
  const share = percent / 100
  return Math.abs(found / people.length - share) / Math.sqrt((share * (1 - share)) / people.length)
}

const profileId = fc.bigInt({ min: 1n, max: 10n ** 15n })
/** Up to five arms, some listed twice, and perhaps a holdout, together at most 100 percent. */
const anySplit = fc
  .record({
    salt: fc.constantFrom('spring', 'autumn-2026', 'x'),
    names: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 5 }),
    cuts: fc.array(fc.integer({ min: 1, max: 199 }), { minLength: 6, maxLength: 6 }),
    hasHoldout: fc.boolean(),
  })
  .map(({ salt, names, cuts, hasHoldout }) => {
    const total = cuts.reduce((sum, cut) => sum + cut, 0)
    const percent = (place: number): number => Math.floor(((cuts[place] ?? 1) / total) * 1e8) / 1e6
    const arms = names.map((name, place) => ({ name, percent: percent(place) }))
    return aSplit({ salt, arms, ...(hasHoldout && { holdout: percent(5) }) })
  })

describe('a split', () => {
  it('puts everybody of its segment into one arm at most, and nobody else into any', () => {
    fc.assert(
      fc.property(anySplit, profileId, (split, id) => {
        expect(armOf(split, id).length).toBeLessThanOrEqual(1)
        expect(armOf(split, id, ['others'])).toEqual([])
      }),
    )
  })

  it('leaves nobody out when its shares are 100 percent', () => {
    const thirds = aSplit({
      arms: ['a', 'b', 'c'].map((name, place) => ({ name, percent: place === 2 ? 23.4 : 33.3 })),
      holdout: 10,
    })
    expect(armsOfAll(thirds).filter((arm) => arm === '')).toEqual([])
  })

  it('gives each arm and the holdout their shares', () => {
    const arms = [
      { name: 'a', percent: 10 },
      { name: 'b', percent: 20 },
      { name: 'a', percent: 5 },
      { name: 'c', percent: 0.5 },
    ]
    const drawn = armsOfAll(aSplit({ arms, holdout: 30 }))
    for (const [arm, percent] of Object.entries({ a: 15, b: 20, c: 0.5, holdout: 30, '': 34.5 }))
      expect(deviations(drawn.filter((one) => one === arm).length, percent)).toBeLessThan(4)
  })

  it('moves nobody when an arm is added at the end, or the holdout is made larger into what was free', () => {
    const before = armsOfAll(aSplit({ arms: [{ name: 'a', percent: 40 }], holdout: 10 }))
    const after = armsOfAll(
      aSplit({
        arms: [
          { name: 'a', percent: 40 },
          { name: 'b', percent: 20 },
        ],
        holdout: 20,
      }),
    )
    expect(people.filter((_, place) => before[place] !== '' && before[place] !== after[place])).toEqual([])
    expect(after.filter((arm) => arm === 'b').length).toBeGreaterThan(0)
  })

  it('lets an arm grow by listing it again, and moves nobody', () => {
    const arms = [
      { name: 'a', percent: 10 },
      { name: 'b', percent: 20 },
    ]
    const before = armsOfAll(aSplit({ arms }))
    const after = armsOfAll(aSplit({ arms: [...arms, { name: 'a', percent: 10 }] }))
    expect(people.filter((_, place) => before[place] !== '' && before[place] !== after[place])).toEqual([])
    expect(deviations(after.filter((arm) => arm === 'a').length, 20)).toBeLessThan(4)
  })

  it('keeps everybody in their arm under another name, when the salt stays', () => {
    const renamed = aSplit({ name: 'spring-and-summer', salt: 'spring' })
    expect(armsOfAll(renamed)).toEqual(armsOfAll(aSplit()))
  })

  it('draws by itself: the arms of another salt fall evenly on its own', () => {
    const [one, other] = [armsOfAll(aSplit()), armsOfAll(aSplit({ salt: 'autumn' }))]
    expect(
      deviations(people.filter((_, place) => one[place] === 'a' && other[place] === 'a').length, 25),
    ).toBeLessThan(4)
  })

  it('tells who changes arms when percentages change: exactly those who do', () => {
    fc.assert(
      fc.property(anySplit, anySplit, (first, second) => {
        const [before, after] = [first, { ...second, salt: first.salt }]
        const moves = movesBetweenArms(before, after)
        const told = new Set(moves.map(({ from, to }) => `${from} → ${to}`))
        const found = people.slice(0, 40).flatMap((id) => {
          const [from, to] = [armOf(before, id)[0], armOf(after, id)[0]]
          return from === undefined || to === undefined || from === to ? [] : [`${from} → ${to}`]
        })
        expect(found.filter((move) => !told.has(move))).toEqual([])
      }),
      { numRuns: 40 },
    )
    const halves = aSplit({
      arms: [
        { name: 'a', percent: 50 },
        { name: 'b', percent: 50 },
      ],
    })
    const uneven = aSplit({
      arms: [
        { name: 'a', percent: 30 },
        { name: 'b', percent: 70 },
      ],
    })
    expect(movesBetweenArms(halves, uneven)).toEqual([{ from: 'a', to: 'b', percent: 20 }])
    expect(movesBetweenArms(halves, halves)).toEqual([])
  })
})

describe('findReshuffle', () => {
  it('sees a split in force whose salt would change, also by leaving it out', () => {
    const salted = aSplit({ salt: 'first-draw' })
    expect(findReshuffle([aSplit()], [salted])).toEqual({ split: 'spring', salt: 'spring' })
    expect(findReshuffle([salted], [aSplit()])).toEqual({ split: 'spring', salt: 'first-draw' })
  })

  it('sees a split that was renamed without its salt', () => {
    const renamed = aSplit({ name: 'summer', arms: [{ name: 'a', percent: 60 }] })
    expect(findReshuffle([aSplit()], [renamed])).toEqual({ split: 'summer', salt: 'spring' })
  })

  it('lets pass what keeps its draw, and what is meant as a new one', () => {
    expect(findReshuffle([aSplit()], [aSplit({ arms: [{ name: 'b', percent: 1 }] })])).toBeUndefined()
    expect(findReshuffle([aSplit()], [aSplit({ name: 'summer', salt: 'spring' })])).toBeUndefined()
    expect(findReshuffle([aSplit()], [aSplit({ name: 'summer', salt: 'new-draw' })])).toBeUndefined()
    expect(findReshuffle([aSplit()], [aSplit(), aSplit({ name: 'summer' })])).toBeUndefined()
    expect(findReshuffle([aSplit()], [aSplit({ name: 'summer', segment: 'others' })])).toBeUndefined()
    expect(findReshuffle([aSplit()], [])).toBeUndefined()
  })
})
