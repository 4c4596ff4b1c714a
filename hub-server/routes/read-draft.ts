import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Workspace } from '../../core/manifest/manifest.ts'
import type { Rule } from '../../core/segment/rule.ts'
import type { AskedRule } from '../api/contract/rule.ts'
import { parseDraft } from '../manifest/parse-draft.ts'
import { suggestName } from '../manifest/suggest-name.ts'

/** A segment that somebody asks about, and all that its rule may refer to. */
export interface AskedSegment {
  /** How people call it: its name, or the file it was read from. */
  readonly title: string
  readonly segment: string
  readonly segments: ReadonlyMap<string, Rule>
}

/** The rules in force, by the name of their segment. */
export const rulesOf = ({ segments }: Pick<Workspace, 'segments'>): ReadonlyMap<string, Rule> =>
  new Map([...segments].map(([name, { rule }]) => [name, rule]))

/**
 * The segment in force, or the draft, that is asked about. Throws `segment.unknown_name`, `usage.wrong` when neither is given, and what a
 * faulty draft throws.
 */
export function readDraft(workspace: Workspace, asked: AskedRule, act: string): AskedSegment {
  const { segment: target, text } = asked
  const segments = rulesOf(workspace)
  if (target === undefined && text === undefined)
    throw new AffluentError('usage.wrong', { act, value: '', expected: 'SEGMENT, FILE, --rule RULE' })
  if (target !== undefined && segments.has(target)) return { title: target, segment: target, segments }
  if (text === undefined) throw unknownSegment(target ?? '', segments, act)
  const syncs = new Set(workspace.syncs.keys())
  const context = { profileSchema: workspace.profileSchema, segments, syncs }
  const draft = parseDraft({ file: target ?? '--rule', text }, context)
  return {
    title: target ?? 'draft',
    segment: draft.name,
    segments: new Map([...segments, [draft.name, draft.rule]]),
  }
}

/** The name of a segment in force. Throws `segment.unknown_name` with the one that was probably meant. */
export function requireSegment(workspace: Workspace, name: string, act: string): string {
  if (workspace.segments.has(name)) return name
  throw unknownSegment(name, workspace.segments, act)
}

function unknownSegment(name: string, segments: ReadonlyMap<string, unknown>, act: string): AffluentError {
  const known = [...segments.keys()]
  return new AffluentError('segment.unknown_name', {
    act,
    kind: 'segment',
    name: name.slice(0, 64),
    suggestion: suggestName(name, known),
    known: known.slice(0, 20).join(', '),
  })
}
