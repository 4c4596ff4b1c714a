import { dirname, relative, sep } from 'node:path'
import { dataPaths } from '../data-paths.ts'

/** What the hub itself is set by: its keys, and where its traces and alerts go. */
const ownVariable = /^(?:AFFLUENT|OTEL)_/i

/**
 * True of a variable that no manifest may name: whoever writes manifests also says where a value is sent. The hub's own are refused; where
 * AFFLUENT_MANIFEST_ENV lists names ("META_*,HUBSPOT_TOKEN"), all others too.
 */
export function isRefusedVariable(name: string, env: Readonly<Record<string, string | undefined>>): boolean {
  if (ownVariable.test(name)) return true
  const allowed = (env['AFFLUENT_MANIFEST_ENV'] ?? '').split(',').map((pattern) => pattern.trim())
  if (allowed.every((pattern) => pattern === '')) return false
  return !allowed.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name,
  )
}

/** True of a file that no manifest may name: whatever is in the hub's own folder, and the variables in `.env`. Both are real paths. */
export function isRefusedFile(target: string, folder: string): boolean {
  const { data } = dataPaths(folder)
  const [top] = relative(dirname(data), target).split(sep)
  return top === '.env' || top === relative(dirname(data), data)
}
