import type { Connector } from '../../core/connector/connector.ts'
import type { Manifest, ProfileSchemaManifest } from '../../core/manifest/manifest.ts'
import type { Rule } from '../../core/segment/rule.ts'
import { checkConnection } from './check-connection.ts'
import { checkDuplicates } from './check-duplicates.ts'
import { checkMapping } from './check-mapping.ts'
import { checkProfileSchema } from './check-profile-schema.ts'
import { checkSync } from './check-sync.ts'
import type { ManifestFault, PathFault } from './manifest-fault.ts'
import type { LoadedManifest } from './parse-manifest-file.ts'
import type { ReferenceSource } from './resolve-references.ts'
import { createWorkspaceView, type WorkspaceView } from './workspace-view.ts'

/** What a rule is checked against: the profile schema, and every segment that a rule may refer to. */
export interface RuleContext {
  /** Name of the segment whose rule it is. */
  readonly name: string
  readonly profileSchema: ProfileSchemaManifest
  readonly segments: ReadonlyMap<string, Rule>
}

/** Names, types and cycles of one rule; paths start inside the rule. Handed in, as the rule language lives in `core/segment`. */
export type CheckRule = (rule: Rule, context: RuleContext) => readonly PathFault[]

export interface WorkspaceChecks extends ReferenceSource {
  readonly connectors: ReadonlyMap<string, Connector>
  readonly checkRule: CheckRule
}

/** Checks manifests as a whole: single names, one profile schema, every reference leads somewhere. Faults come in no order. */
export async function checkWorkspace(
  loaded: readonly LoadedManifest[],
  checks: WorkspaceChecks,
): Promise<ManifestFault[]> {
  const view = createWorkspaceView(loaded, checks.connectors)
  const faults = [...checkDuplicates(loaded), ...checkHasProfileSchema(loaded)]
  for (const { manifest, locate } of loaded) {
    if (!manifest) continue
    const found = await checkManifest(manifest, view, checks)
    faults.push(...found.map((fault) => locate(fault)))
  }
  return faults
}

async function checkManifest(
  manifest: Manifest,
  view: WorkspaceView,
  checks: WorkspaceChecks,
): Promise<readonly PathFault[]> {
  switch (manifest.kind) {
    case 'connection':
      return checkConnection(manifest, view.connectors, checks)
    case 'profile_schema':
      return checkProfileSchema(manifest, view)
    case 'mapping':
      return checkMapping(manifest, view)
    case 'segment':
      return checkSegment(manifest, view, checks.checkRule)
    default:
      return checkSync(manifest, view)
  }
}

function checkSegment(
  { name, rule }: { readonly name: string; readonly rule: Rule },
  view: WorkspaceView,
  checkRule: CheckRule,
): PathFault[] {
  if (!view.profileSchema) return []
  const segments = new Map([...view.segments].map(([segment, manifest]) => [segment, manifest.rule]))
  const isFaulty = (segment: string | number | undefined): boolean =>
    typeof segment === 'string' && !segments.has(segment) && view.names.get('segment')?.has(segment) === true
  return checkRule(rule, { name, profileSchema: view.profileSchema, segments })
    .filter((fault) => !isFaulty(fault.params['name']))
    .map((fault) => ({ ...fault, path: ['rule', ...fault.path] }))
}

/** Points at the first manifest: the file that the profile schema is missing from does not exist. */
function checkHasProfileSchema(loaded: readonly LoadedManifest[]): ManifestFault[] {
  const [first] = loaded
  if (!first || loaded.some(({ kind }) => kind === 'profile_schema')) return []
  const params = { key: 'profile_schema', expected: 'object' }
  return [first.locate({ path: [], code: 'manifest.missing_key', params })]
}
