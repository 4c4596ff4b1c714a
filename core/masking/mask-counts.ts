import type { LiveCount, NodeCount, SampledPerson, SegmentPreview } from '../port/segment-insight.ts'

/**
 * Fewest people that a count tells of to whoever may not see people: a count of one or of none, of a rule that fits one person alone, says
 * whether it is true of them. Ten is the usual smallest cell of statistical disclosure control (Bond, Brandt and de Wolf, "Guidelines for
 * Output Checking", Eurostat 2015, rule of thumb for frequency tables).
 */
export const leastTold = 10

/** A count, or null where it is not told. */
type ToldNumber = number | null

/** Counts as everybody may know them. `fewerThan`: present where they are coarsened, and the number that null stays below. */
interface Coarse {
  readonly fewerThan?: number
}

/** A node with its counts. */
export interface ToldNodeCount extends Pick<NodeCount, 'path' | 'rule'> {
  readonly whereTrue: ToldNumber
  readonly whereFalse: ToldNumber
  readonly whereUnknown: ToldNumber
  readonly children: readonly ToldNodeCount[]
}

/** What a segment would hold. */
export interface ToldPreview extends Coarse, Pick<SegmentPreview, 'profiles'> {
  readonly members: ToldNumber
  readonly rule: ToldNodeCount
  readonly people: readonly SampledPerson[]
}

type Exact = Extract<LiveCount, { readonly kind: 'exact' }>
type Estimate = Extract<LiveCount, { readonly kind: 'estimate' }>

/** The size of a segment, counted. */
export interface ToldExact extends Coarse, Pick<Exact, 'kind' | 'profiles'> {
  readonly members: ToldNumber
}

/** The size of a segment, estimated. */
export interface ToldEstimate extends Coarse, Pick<Estimate, 'kind' | 'sampled' | 'profiles'> {
  readonly members: ToldNumber
  readonly low: ToldNumber
  readonly high: ToldNumber
}

/**
 * A count in whole steps, rounded down; null below one step. Where fewer than `leastTold` of all people are left out it is told as if so
 * many were: a rule turned round says no more than the rule. Steps keep parts of a rule, and rules that differ in one person, from being
 * subtracted from each other.
 */
export function maskCount(count: ToldNumber, everybody: number, step = leastTold): ToldNumber {
  if (count === null) return null
  const told = Math.min(count, everybody - step)
  return told < step ? null : told - (told % step)
}

/** A preview without examples, in coarse counts. */
export function maskPreview<Preview extends ToldPreview>(preview: Preview): Preview {
  const { profiles, members, rule } = preview
  return {
    ...preview,
    members: maskCount(members, profiles),
    fewerThan: leastTold,
    rule: maskNodeCount(rule, profiles),
    people: [],
  }
}

function maskNodeCount(node: ToldNodeCount, profiles: number): ToldNodeCount {
  return {
    ...node,
    whereTrue: maskCount(node.whereTrue, profiles),
    whereFalse: maskCount(node.whereFalse, profiles),
    whereUnknown: maskCount(node.whereUnknown, profiles),
    children: node.children.map((child) => maskNodeCount(child, profiles)),
  }
}

/** A size in coarse counts; of an estimate the steps are of the people who were looked at. */
export function maskSize(size: ToldEstimate | ToldExact): ToldEstimate | ToldExact {
  const { profiles, members } = size
  if (size.kind === 'exact') return { ...size, members: maskCount(members, profiles), fewerThan: leastTold }
  const step = Math.ceil((leastTold * profiles) / Math.max(size.sampled, 1))
  const [told, low, high] = [members, size.low, size.high].map((count) => maskCount(count, profiles, step))
  return { ...size, members: told ?? null, low: low ?? null, high: high ?? null, fewerThan: step }
}
