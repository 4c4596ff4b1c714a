import type { PriorityListManifest, SegmentManifest, SplitManifest } from '../../core/manifest/manifest.ts'
import { holdoutArm } from '../../core/manifest/split.ts'
import { fromPriorityList, fromSplit } from '../../core/membership/derive-segments.ts'
import { takenPercent } from '../../core/membership/split-shares.ts'
import { checkCircles, type CheckRule } from './check-segment.ts'
import type { ManifestPath, PathFault } from './manifest-fault.ts'
import { checkName, type WorkspaceView } from './workspace-view.ts'

/** Segments of a priority list are there, each once, and none depends on its own place in the list. */
export function checkPriorityList(
  list: PriorityListManifest,
  view: WorkspaceView,
  checkRule: CheckRule,
): PathFault[] {
  return fromPriorityList(list).flatMap((derived, rank) => {
    const segment = list.segments[rank] ?? ''
    const path = ['segments', rank]
    if (list.segments.indexOf(segment) < rank) return [repeatedSegment(segment, path)]
    return checkReference({ segment, derived, path }, view, checkRule)
  })
}

/** The segment of a split is there and does not depend on it; shares fit into 100 percent; no arm takes the name of the holdout. */
export function checkSplit(split: SplitManifest, view: WorkspaceView, checkRule: CheckRule): PathFault[] {
  const [derived] = fromSplit(split)
  const { segment } = split
  return [
    ...(derived ? checkReference({ segment, derived, path: ['segment'] }, view, checkRule) : []),
    ...checkShares(split),
    ...split.arms.flatMap(({ name }, index) =>
      name === holdoutArm
        ? [wrongValue(['arms', index, 'name'], 'name', ['a name other than "holdout"', `"${name}"`])]
        : [],
    ),
  ]
}

interface Reference {
  readonly segment: string
  /** The segment whose rule holds the reference. */
  readonly derived: SegmentManifest
  readonly path: ManifestPath
}

function checkReference(
  { segment, derived, path }: Reference,
  view: WorkspaceView,
  checkRule: CheckRule,
): PathFault[] {
  const known = view.names.get('segment') ?? []
  const unknown = checkName({ kind: 'segment', name: segment, known, path })
  if (unknown.length > 0) return unknown
  return checkCircles(derived, view, checkRule).map((fault) => ({ ...fault, path }))
}

function checkShares(split: SplitManifest): PathFault[] {
  const taken = takenPercent(split)
  return taken > 100 ? [wrongValue(['arms'], 'arms', ['at most 100 percent together', `${taken}`])] : []
}

function wrongValue(
  path: ManifestPath,
  key: string,
  [expected, found]: readonly [string, string],
): PathFault {
  return { path, code: 'manifest.invalid_value', params: { key, expected, found, suggestion: '' } }
}

const repeatedSegment = (segment: string, path: ManifestPath): PathFault => ({
  path,
  code: 'manifest.duplicate_name',
  params: { kind: 'segment', name: segment },
})
