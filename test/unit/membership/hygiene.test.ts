import { describe, expect, it } from 'vitest'
import {
  deliverSyncManifest,
  priorityListManifest,
  splitManifest,
  type Workspace,
} from '../../../core/manifest/manifest.ts'
import {
  judgeHygiene,
  type HygieneFacts,
  type HygieneWarning,
  type SegmentFacts,
} from '../../../core/membership/hygiene.ts'
import { judgeManifests } from '../../../core/membership/judge-manifests.ts'
import { comparePair } from '../../../core/membership/overlap.ts'

const day = 86_400_000
const now = Date.parse('2026-06-15T12:00:00Z')

/** A segment without fault: evaluated an hour ago, moved yesterday, sent by nobody but needed. */
const aSegment = (
  segment: string,
  change: Partial<SegmentFacts> & { members?: number } = {},
): SegmentFacts => {
  const { members = 500, ...rest } = change
  return {
    segment,
    isDerived: false,
    state: { standing: 'current', evaluatedAt: now - 3_600_000, members },
    lastMoveAt: now - day,
    syncs: [],
    isNeeded: true,
    needs: new Set(),
    ...rest,
  }
}

const judge = (
  segments: readonly SegmentFacts[],
  change: Partial<HygieneFacts> = {},
): readonly HygieneWarning[] =>
  judgeHygiene({
    people: 1000,
    now,
    segments,
    pairs: [],
    sent: { segments: 0, people: 0, memberships: 0 },
    ...change,
  })
const codes = (warnings: readonly HygieneWarning[]): string[] => warnings.map(({ code }) => code)
const toMeta = { sync: 'to-meta', connection: 'meta', minimum: 100 }

const standing = (is: 'never' | 'failed' | 'outdated') => ({ standing: is, members: 0 })

const smallInLarge = (both: number) => [
  comparePair({ segment: 'small', members: 100 }, { segment: 'large', members: 600 }, both),
]

const pairOf = (first: number, second: number, both: number) => [
  comparePair({ segment: 'a', members: first }, { segment: 'b', members: second }, both),
]

const sentSix = (memberships: number) => ({ sent: { segments: 6, people: 100, memberships } })

const splinters = (small: number, all: number) =>
  Array.from({ length: all }, (_, place) => aSegment(`s${place}`, { members: place < small ? 9 : 10 }))

describe('judgeHygiene', () => {
  it('has nothing to say about segments without fault', () => {
    expect(judge([aSegment('a'), aSegment('live.a', { isDerived: true, isNeeded: false })])).toEqual([])
  })

  it('tells segments too small for a platform that sends them, exactly from its minimum on', () => {
    expect(judge([aSegment('a', { members: 99, syncs: [toMeta, { ...toMeta, minimum: 0 }] })])).toEqual([
      { code: 'too_small', segment: 'a', members: 99, ...toMeta },
    ])
    expect(judge([aSegment('a', { members: 100, syncs: [toMeta] })])).toEqual([])
    expect(judge([aSegment('a', { members: 99 })])).toEqual([])
  })

  it('tells empty segments, but not the empty part of a list that nothing is sent from', () => {
    expect(judge([aSegment('a', { members: 0 })])).toEqual([{ code: 'empty', segment: 'a' }])
    expect(judge([aSegment('live.a', { members: 0, isDerived: true, isNeeded: false })])).toEqual([])
    const sent = aSegment('live.a', { members: 0, isDerived: true, syncs: [toMeta] })
    expect(codes(judge([sent]))).toEqual(['empty'])
  })

  it('tells what is stale: not computed, failed, changed since, a week old, unmoved for a quarter', () => {
    expect(
      codes(
        judge([
          aSegment('a', { state: standing('never') }),
          aSegment('b', { state: standing('failed') }),
          aSegment('c', { state: standing('outdated') }),
          aSegment('d', { state: { standing: 'current', evaluatedAt: now - 7 * day, members: 5 } }),
          aSegment('e', { state: { standing: 'current', evaluatedAt: now - 7 * day + 1, members: 5 } }),
          aSegment('f', { lastMoveAt: now - 90 * day }),
          aSegment('g', { lastMoveAt: now - 90 * day + 1 }),
        ]),
      ),
    ).toEqual(['never', 'failed', 'outdated', 'old', 'unmoved'])
  })

  it('tells segments that no sync needs', () => {
    expect(judge([aSegment('a', { isNeeded: false })])).toEqual([{ code: 'unused', segment: 'a' }])
  })

  it('tells a segment that lies in another, from 95 % on, whichever comes first', () => {
    const small = aSegment('small', { members: 100 })
    const large = aSegment('large', { members: 600 })
    expect(judge([small, large], { pairs: smallInLarge(94) })).toEqual([])
    expect(judge([small, large], { pairs: smallInLarge(95) })).toEqual([
      { code: 'contained', segment: 'small', other: 'large', share: 0.95 },
    ])
    const turned = [comparePair({ segment: 'large', members: 600 }, { segment: 'small', members: 100 }, 95)]
    expect(judge([small, large], { pairs: turned })).toEqual([
      { code: 'contained', segment: 'small', other: 'large', share: 0.95 },
    ])
  })

  it('does not wonder at a segment within nearly everybody, within what it is made of, or of a handful', () => {
    const everybody = [aSegment('a', { members: 100 }), aSegment('b', { members: 900 })]
    expect(judge(everybody, { pairs: pairOf(100, 900, 100) })).toEqual([])
    const made = [aSegment('a', { members: 100, needs: new Set(['b']) }), aSegment('b')]
    expect(judge(made, { pairs: pairOf(100, 500, 100) })).toEqual([])
    expect(judge([aSegment('a'), aSegment('b')], { pairs: pairOf(19, 500, 19) })).toEqual([])
  })

  it('tells two segments of the same people, also when one is made of the other and leaves nobody out', () => {
    const pairs = [comparePair({ segment: 'a', members: 500 }, { segment: 'b', members: 500 }, 500)]
    const same = [{ code: 'same', segment: 'a', other: 'b', share: 1 }]
    expect(judge([aSegment('a'), aSegment('b')], { pairs })).toEqual(same)
    expect(judge([aSegment('a', { needs: new Set(['b']) }), aSegment('b')], { pairs })).toEqual(same)
  })

  it('tells when people are in more than three sent segments on average', () => {
    expect(judge([], sentSix(300))).toEqual([])
    expect(judge([], sentSix(310))).toEqual([{ code: 'crowded', segments: 6, mean: 3.1 }])
  })

  it('tells when most of twenty segments or more are splinters', () => {
    expect(judge(splinters(11, 20))).toEqual([{ code: 'splintered', small: 11, segments: 20 }])
    expect(judge(splinters(10, 20))).toEqual([])
    expect(judge(splinters(19, 19))).toEqual([])
  })
})

describe('judgeManifests', () => {
  const header = { version: 1 }
  const sync = (name: string, segment: string) =>
    deliverSyncManifest.parse({
      kind: 'sync',
      ...header,
      name,
      segment,
      destination: { connection: 'crm', kind: 'list', audience: name },
      fields: {},
    })
  const list = priorityListManifest.parse({
    kind: 'priority_list',
    ...header,
    name: 'live',
    segments: ['vip', 'rest'],
  })
  const split = (name: string, change: object = {}) =>
    splitManifest.parse({
      kind: 'split',
      ...header,
      name,
      segment: 'rest',
      arms: [{ name: 'a', percent: 50 }],
      ...change,
    })
  const workspace = (
    syncs: readonly ReturnType<typeof sync>[],
    splits: readonly ReturnType<typeof split>[] = [],
  ): Pick<Workspace, 'priorityLists' | 'splits' | 'syncs'> => ({
    priorityLists: new Map([['live', list]]),
    splits: new Map(splits.map((one) => [one.name, one])),
    syncs: new Map(syncs.map((one) => [one.name, one])),
  })

  it('tells syncs that go past a priority list or a holdout', () => {
    const syncs = [sync('direct', 'rest'), sync('ranked', 'live.vip'), sync('arm', 'spring.a')]
    expect(judgeManifests(workspace(syncs, [split('spring', { holdout: 10 })]))).toEqual([
      { code: 'passes_list', segment: 'rest', sync: 'direct', by: 'live' },
      { code: 'passes_holdout', segment: 'rest', sync: 'direct', by: 'spring' },
    ])
    expect(judgeManifests(workspace([sync('direct', 'other')], [split('spring')]))).toEqual([])
  })

  it('tells splits that draw alike', () => {
    const splits = [split('spring'), split('summer', { salt: 'spring' }), split('autumn')]
    expect(judgeManifests(workspace([], splits))).toEqual([
      { code: 'same_salt', split: 'summer', other: 'spring', salt: 'spring' },
    ])
  })
})
