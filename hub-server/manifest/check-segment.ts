import type { SegmentManifest } from '../../core/manifest/manifest.ts'
import type { Rule } from '../../core/segment/rule.ts'
import type { RuleContext } from '../../core/segment/validate-rule.ts'
import type { PathFault } from './manifest-fault.ts'
import type { WorkspaceView } from './workspace-view.ts'

/** Names, types and cycles of one rule; paths start inside the rule. Handed in, as the rule language lives in `core/segment`. */
export type CheckRule = (rule: Rule, context: RuleContext) => readonly PathFault[]

/** All faults of a segment's rule. */
export function checkSegment(
  segment: SegmentManifest,
  view: WorkspaceView,
  checkRule: CheckRule,
): PathFault[] {
  const declared = view.names.get('segment') ?? new Set<string>()
  const isToldElsewhere = ({ code, params }: PathFault): boolean =>
    code === 'segment.unknown_name' && params['kind'] === 'segment' && declared.has(String(params['name']))
  return checkOne(segment, view, checkRule)
    .filter((fault) => !isToldElsewhere(fault))
    .map((fault) => ({ ...fault, path: ['rule', ...fault.path] }))
}

/** The first circle that a derived segment is part of. Paths are those inside its rule, which stands in no file. */
export function checkCircles(
  segment: SegmentManifest,
  view: WorkspaceView,
  checkRule: CheckRule,
): PathFault[] {
  return checkOne(segment, view, checkRule)
    .filter(({ code }) => code === 'segment.cycle')
    .slice(0, 1)
}

function checkOne(
  { name, rule }: SegmentManifest,
  view: WorkspaceView,
  checkRule: CheckRule,
): readonly PathFault[] {
  if (!view.profileSchema) return []
  const segments = new Map([...view.segments].map(([segment, manifest]) => [segment, manifest.rule]))
  const syncs = view.names.get('sync') ?? new Set<string>()
  return checkRule(rule, { name, profileSchema: view.profileSchema, segments, syncs })
}
