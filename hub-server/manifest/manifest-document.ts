import { createHash } from 'node:crypto'
import { canonicalJson } from '../../core/audit/canonical-json.ts'
import type { ManifestKind } from '../../core/manifest/manifest.ts'
import type { JsonObject } from '../../core/port/json.ts'

/** A manifest as its author wrote it: references unresolved, without `$schema` (which only editors read). */
export interface ManifestDocument {
  readonly kind: ManifestKind
  readonly name: string
  /** Path from the workspace folder. */
  readonly file: string
  readonly document: JsonObject
  readonly digest: string
}

/** Identity of a document's meaning: SHA-256, in hexadecimal, over its canonical JSON. Order of keys and spacing do not count. */
export function digestDocument(document: JsonObject): string {
  return createHash('sha256').update(canonicalJson(document)).digest('hex')
}

/** Takes away what does not belong to the declaration itself. */
export function toDocument(
  source: JsonObject,
  place: { kind: ManifestKind; name: string; file: string },
): ManifestDocument {
  const { $schema: _editorOnly, ...document } = source
  return { ...place, document, digest: digestDocument(document) }
}
