import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Workspace } from '../../core/manifest/manifest.ts'
import { isNamed } from '../warehouse/quality/quality-report.ts'

/** Throws `usage.wrong` unless a mapping reads this source: a connection, or connection and stream ("shop/contacts"). */
export function checkSourceName(workspace: Workspace, source: string | undefined, act: string): void {
  const mappings = [...workspace.mappings.values()]
  if (mappings.some((mapping) => isNamed(mapping, source)) || mappings.length === 0) return
  const known = [...new Set(mappings.map(({ connection, stream }) => `${connection}/${stream}`))]
  throw new AffluentError('usage.wrong', {
    act,
    value: (source ?? '').slice(0, 60),
    expected: known.slice(0, 20).join(', '),
  })
}
