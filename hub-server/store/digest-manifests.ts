import { createHash } from 'node:crypto'
import { canonicalJson } from '../../core/audit/canonical-json.ts'
import type { AppliedManifest, ManifestChange } from '../../core/port/control-store.ts'
import type { JsonValue } from '../../core/port/json.ts'

/** Identity of a set of changes, in hexadecimal: what was looked at is what is applied. */
export function digestChanges(changes: readonly ManifestChange[]): string {
  return digestOf(changes.map(({ operation, kind, name, digest }) => ({ operation, kind, name, digest })))
}

/** Identity of all manifests in force, in hexadecimal. */
export function digestApplied(applied: readonly AppliedManifest[]): string {
  return digestOf(applied.map(({ kind, name, digest }) => ({ kind, name, digest })))
}

const digestOf = (parts: JsonValue): string => createHash('sha256').update(canonicalJson(parts)).digest('hex')
