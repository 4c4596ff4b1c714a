import { nameDistance, suggestName } from './suggest-name.ts'

interface Issue {
  readonly code?: string
  readonly path: readonly PropertyKey[]
  readonly keys?: readonly string[]
  readonly expected?: string
}

/**
 * The branch of a union that the writer most probably meant: the one whose own keys fit best; faults further down do not count
 * against it unless two branches fit alike. A misspelt key counts as nearly fitting the missing key that it resembles.
 */
export function closestBranch(branches: readonly (readonly Issue[])[], value: unknown): number {
  let best = 0
  let bestMisfit = Infinity
  branches.forEach((issues, index) => {
    const misfit = structureMisfit(issues, value) + nestedMisfit(issues, value)
    if (misfit < bestMisfit) {
      best = index
      bestMisfit = misfit
    }
  })
  return best
}

const wrongType = 1000

function structureMisfit(issues: readonly Issue[], value: unknown): number {
  if (isWrongType(issues, value)) return wrongType
  const missing = issues.filter((issue) => isMissing(issue, value)).map((issue) => String(issue.path[0]))
  const unknown = issues.flatMap((issue) => (issue.path.length === 0 ? (issue.keys ?? []) : []))
  const pairs = unknown.map((key) => pairMisfit(key, missing))
  return missing.length * 2 + pairs.reduce((sum, misfit) => sum + misfit, 0)
}

/** True when a branch wants another kind of value altogether: a text where an object is, an object where a text is. */
export function isWrongType(issues: readonly Issue[], value: unknown): boolean {
  const isObject = typeof value === 'object' && value !== null
  return issues.some(
    ({ path, code }) =>
      path.length === 0 && (code === 'invalid_type' || (code === 'invalid_value' && isObject)),
  )
}

/** An unknown key costs 2, less when it resembles a missing one: then both are one mistake. */
function pairMisfit(key: string, missing: readonly string[]): number {
  const meant = suggestName(key, missing)
  return meant === '' ? 2 : -1 + nameDistance(key, meant) / (key.length + 1)
}

/** True for a key that is not there at all, at the top of the union's value. */
function isMissing(issue: Issue, value: unknown): boolean {
  if (issue.path.length !== 1) return false
  const key = issue.path[0]
  return typeof value === 'object' && value !== null && key !== undefined && !Object.hasOwn(value, key)
}

/** Less than one key's worth, however many faults there are below. */
function nestedMisfit(issues: readonly Issue[], value: unknown): number {
  const nested = issues.filter((issue) => issue.path.length > 0 && !isMissing(issue, value)).length
  const own = issues.filter((issue) => issue.path.length === 0 && issue.code !== 'unrecognized_keys').length
  return (nested + own) / (nested + own + 1)
}
