import { canonicalJson } from '../../core/audit/canonical-json.ts'
import type { AppliedManifest, ManifestChange } from '../../core/port/control-store.ts'
import type { JsonValue } from '../../core/port/json.ts'
import { sha256 } from '../store/sha256.ts'

/** Identity of a set of changes, in hexadecimal: what was looked at is what is applied. */
export function digestChanges(changes: readonly ManifestChange[]): string {
  return digestOf(changes.map(({ operation, kind, name, digest }) => ({ operation, kind, name, digest })))
}

/** Identity of all manifests in force, in hexadecimal. */
export function digestApplied(applied: readonly AppliedManifest[]): string {
  return digestOf(applied.map(({ kind, name, digest }) => ({ kind, name, digest })))
}

const digestOf = (parts: JsonValue): string => sha256(canonicalJson(parts))
