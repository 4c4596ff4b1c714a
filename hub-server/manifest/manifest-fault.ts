import { AffluentError, type ErrorParams } from '../../core/errors/affluent-error.ts'
import type { ErrorCode } from '../../core/errors/error-codes.ts'

/** Keys and list positions that lead from the top of a manifest to one value. */
export type ManifestPath = readonly (string | number)[]

/**
 * A fault at a place inside one manifest, before its line is known. `at: 'key'` points at the key itself, not at its value.
 *
 * Params by code, all of them plain words or names, never a value of a connection's `config`:
 * - `manifest.invalid_value`: `key`, `expected`, `found`, `suggestion` ("" when there is none)
 * - `manifest.missing_key`: `key`, `expected`
 * - `manifest.unknown_key`: `key`, `suggestion`, `allowed`; or `more`: how many there are beside those that are told
 * - `manifest.duplicate_key`: `key`, `first_line`
 * - `manifest.duplicate_name`: `kind`, `name`, `first` (file and line)
 * - `manifest.unknown_reference`: `kind` (of what was not found), `name`, `suggestion`, `known`
 * - `manifest.reference_unresolved`: `reference` ("env:NAME"), `reason`
 * - `manifest.reference_refused`: `reference`
 * - `manifest.reference_not_whole`, `manifest.plain_secret`: `key`
 * - `manifest.not_json`: `problem`; `manifest.unreadable`: `reason`
 * - `manifest.too_large`, `manifest.too_deep`, `segment.too_deep`, `segment.too_many_nodes`: `limit`, `found`
 * - `segment.holdout_sent`: `holdout`, `way` (segments on the way from the sync to it)
 * - `connector.unknown`: `connector`, `suggestion`, `known`; `connector.capability_missing`: `capability`, `destination`
 */
export interface PathFault {
  readonly path: ManifestPath
  readonly at?: 'key' | 'value'
  /** A place inside the text that stands at the path, in UTF-16 units from its first. */
  readonly offset?: number
  readonly code: ErrorCode
  readonly params: ErrorParams
}

/** One fault with the place where a person repairs it. Line and column count from 1. */
export interface ManifestFault {
  /** Path from the workspace folder, with forward slashes. */
  readonly file: string
  readonly line: number
  readonly column: number
  /** Place inside the manifest: "rule.all[1].op". Empty for the whole manifest or file. */
  readonly path: string
  readonly code: ErrorCode
  readonly params: ErrorParams
}

/** All faults of a workspace at once, in the order of files and lines. Nothing was changed when it is thrown. */
export class ManifestFaults extends AffluentError {
  override readonly name: string = 'ManifestFaults'
  readonly faults: readonly ManifestFault[]

  constructor(faults: readonly ManifestFault[]) {
    const files = new Set(faults.map((fault) => fault.file)).size
    super('manifest.invalid', { act: 'reading the manifests', faults: faults.length, files })
    this.faults = [...faults].sort(
      (a, b) => compareText(a.file, b.file) || a.line - b.line || a.column - b.column,
    )
  }
}

/** Writes a path as people read it: keys joined by dots, list positions in brackets. */
export function formatPath(path: ManifestPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? part : `${text}.${part}`
  }, '')
}

/** Order by UTF-16 code units: the same on every machine and in every language. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
