import { withoutDerivedTraits } from '../../core/computed/derived-traits.ts'
import type { EnrichmentManifest, ProfileSchemaManifest } from '../../core/manifest/manifest.ts'
import { parseDuration } from '../../core/segment/duration.ts'
import type { ManifestPath, PathFault } from './manifest-fault.ts'
import { checkName, type WorkspaceView } from './workspace-view.ts'

/**
 * What zod cannot see in an enrichment: one key that a source tells, traits that the profile schema declares as enriched by it, a
 * schedule that can be read, a file that stays below the workspace and has a known format.
 */
export function checkEnrichment(enrichment: EnrichmentManifest, view: WorkspaceView): PathFault[] {
  const schema = view.profileSchema
  return [
    ...checkFile(enrichment),
    ...checkEvery(enrichment),
    ...(schema ? [...checkKey(enrichment, schema), ...checkTraits(enrichment, schema)] : []),
  ]
}

function checkFile({ file }: EnrichmentManifest): PathFault[] {
  const leavesWorkspace = /^([/\\]|[A-Za-z]:)/.test(file) || file.split(/[/\\]/).includes('..')
  if (leavesWorkspace) return [invalid(['file'], 'path below the workspace, without ".."', file)]
  if (/\.(?:csv|csv\.gz|parquet)$/i.test(file)) return []
  return [invalid(['file'], 'file that ends in .csv, .csv.gz or .parquet', file)]
}

function checkEvery({ every }: EnrichmentManifest): PathFault[] {
  if (every === undefined || parseDuration(every)) return []
  return [invalid(['every'], 'length of time, such as "30 days"', every)]
}

function checkKey({ key }: EnrichmentManifest, schema: ProfileSchemaManifest): PathFault[] {
  const { trait, identifier } = key
  if ((trait === undefined) === (identifier === undefined)) {
    if (trait !== undefined) {
      const params = { key: 'identifier', suggestion: '', allowed: 'trait, from, compare, length' }
      return [{ path: ['key', 'identifier'], at: 'key', code: 'manifest.unknown_key', params }]
    }
    return [{ path: ['key'], code: 'manifest.missing_key', params: { key: 'trait', expected: 'text' } }]
  }
  if (identifier !== undefined) {
    const known = Object.keys(schema.identifiers)
    return checkName({ kind: 'identifier', name: identifier, known, path: ['key', 'identifier'] })
  }
  const told = withoutDerivedTraits(schema).traits
  const faults = checkName({
    kind: 'trait',
    name: trait ?? '',
    known: Object.keys(told),
    path: ['key', 'trait'],
  })
  const type = told[trait ?? '']?.type
  if (faults.length > 0 || type === 'text') return faults
  return [invalid(['key', 'trait'], 'trait of type "text"', `trait of type "${type}"`)]
}

function checkTraits({ name, traits }: EnrichmentManifest, schema: ProfileSchemaManifest): PathFault[] {
  return Object.keys(traits).flatMap((trait) => {
    const path = ['traits', trait]
    const known = Object.keys(schema.traits)
    const faults = checkName({ kind: 'trait', name: trait, known, path, at: 'key' })
    if (faults.length > 0 || schema.traits[trait]?.enriched_by === name) return faults
    const found = schema.traits[trait]?.enriched_by ?? 'a trait without it'
    return [{ ...invalid(path, `trait with "enriched_by": "${name}"`, found), at: 'key' as const }]
  })
}

function invalid(path: ManifestPath, expected: string, found: string): PathFault {
  const key = String(path.at(-1) ?? '')
  return {
    path,
    code: 'manifest.invalid_value',
    params: { key, expected, found: found.slice(0, 64), suggestion: '' },
  }
}
