import type { ManifestKind } from '../../core/manifest/manifest.ts'
import type { JsonObject } from '../../core/port/json.ts'
import type { ManifestPath, PathFault } from './manifest-fault.ts'

/** Keys whose text is for people: it may well explain a reference. */
const proseKeys = new Set(['title', 'description', '$schema'])

/**
 * References are resolved nowhere but in a connection's `config`: anywhere else they would be sent or compared as they stand, so they
 * are refused. Walks with a list of its own instead of recursing.
 */
export function checkPlainTexts(kind: ManifestKind, document: JsonObject): PathFault[] {
  const faults: PathFault[] = []
  const open: { value: unknown; path: ManifestPath }[] = [{ value: document, path: [] }]
  for (let node = open.pop(); node; node = open.pop()) {
    const { value, path } = node
    if (typeof value === 'string' && /\$\{(?:env|file):/.test(value)) faults.push(misplaced(path))
    if (typeof value !== 'object' || value === null) continue
    for (const [key, child] of Object.entries(value)) {
      const isExempt = proseKeys.has(key) || (kind === 'connection' && path.length === 0 && key === 'config')
      if (!isExempt) open.push({ value: child, path: [...path, Array.isArray(value) ? Number(key) : key] })
    }
  }
  return faults
}

function misplaced(path: ManifestPath): PathFault {
  return {
    path,
    code: 'manifest.invalid_value',
    params: {
      key: String(path.at(-1) ?? ''),
      expected: 'text without reference (allowed only in the config of a connection)',
      found: 'reference',
      suggestion: '',
    },
  }
}
