import { distance } from 'fastest-levenshtein'
import type { RuleFault } from './rule-fault.ts'
import type { RulePath } from './walk-rule.ts'

/** Most known names that a fault lists. */
const mostKnown = 30
/** A name further away than this was not meant. */
const mostEdits = 3

/** A fault unless the name is among the known ones; it tells which one was probably meant. */
export function checkName(kind: string, name: string, known: Iterable<string>, path: RulePath): RuleFault[] {
  const names = [...known]
  if (names.includes(name)) return []
  const [nearest] = names
    .map((candidate) => ({ candidate, edits: distance(name, candidate) }))
    .sort((a, b) => a.edits - b.edits)
  const suggestion = nearest && nearest.edits <= mostEdits ? nearest.candidate : ''
  const params = {
    kind,
    name: name.slice(0, 64),
    suggestion,
    known: names.slice(0, mostKnown).join(', '),
  }
  return [{ path, code: 'segment.unknown_name', params }]
}
