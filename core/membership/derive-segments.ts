import type { Manifest, PriorityListManifest, SegmentManifest, SplitManifest } from '../manifest/manifest.ts'
import type { Rule } from '../segment/rule.ts'
import { armsOf, splitSalt, type Share } from './split-shares.ts'

/**
 * The segments that priority lists and splits stand for, as rules over other segments: whatever works with segments works with them.
 * Of a list, each segment without those above it; of a split, each arm, and the holdout.
 */
export function deriveSegments(manifests: readonly Manifest[]): SegmentManifest[] {
  return manifests.flatMap((manifest) => {
    if (manifest.kind === 'priority_list') return fromPriorityList(manifest)
    return manifest.kind === 'split' ? fromSplit(manifest) : []
  })
}

/** The segments of one priority list, in its order. */
export function fromPriorityList(list: PriorityListManifest): SegmentManifest[] {
  return list.segments.map((segment, rank) => {
    const [first, ...others] = list.segments.slice(0, rank).map((higher) => ({ segment: higher }))
    if (!first) return derived(list, segment, { segment })
    const above: Rule = others.length === 0 ? first : { any: [first, ...others] }
    return derived(list, segment, { all: [{ segment }, { not: above }] })
  })
}

/** The segments of one split: its arms in the order in which they are first listed, then the holdout. */
export function fromSplit(split: SplitManifest): SegmentManifest[] {
  const salt = splitSalt(split)
  return [...armsOf(split)].map(([arm, shares]) => {
    const samples = shares.map((share) => toSample(salt, share))
    const [first] = samples
    const drawn: Rule = first && samples.length === 1 ? first : { any: samples }
    return derived(split, arm, { all: [{ segment: split.segment }, drawn] })
  })
}

const toSample = (salt: string, { from, percent }: Share): Rule => ({ sample: { salt, percent, from } })

function derived(
  from: { readonly name: string; readonly title?: string | undefined },
  part: string,
  rule: Rule,
): SegmentManifest {
  const title = from.title === undefined ? {} : { title: `${from.title}: ${part}` }
  return { kind: 'segment', version: 1, name: `${from.name}.${part}`, ...title, rule }
}
