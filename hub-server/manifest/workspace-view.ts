import type { Connector, DestinationDescription } from '../../core/connector/connector.ts'
import { eventConnection, eventStreams } from '../../core/manifest/event-streams.ts'
import type {
  ConnectionManifest,
  EnrichmentManifest,
  ManifestKind,
  ProfileSchemaManifest,
  SegmentManifest,
} from '../../core/manifest/manifest.ts'
import { deriveSegments } from '../../core/membership/derive-segments.ts'
import { holdoutSegments } from '../../core/membership/find-holdout.ts'
import { withPicks } from '../../core/membership/picked-mapping.ts'
import type { PathFault, ManifestPath } from './manifest-fault.ts'
import type { LoadedManifest } from './parse-manifest-file.ts'
import { suggestName } from './suggest-name.ts'

/**
 * What the checks of one manifest may look up in the others. `names` holds every declared name, also of objects that have faults of
 * their own: these are reported once, where they are, and not again by everything that refers to them.
 */
export interface WorkspaceView {
  readonly names: ReadonlyMap<ManifestKind, ReadonlySet<string>>
  /** Undefined when there is none, several, or a faulty one. */
  readonly profileSchema: ProfileSchemaManifest | undefined
  readonly connections: ReadonlyMap<string, ConnectionManifest>
  /** With those derived from priority lists and splits. */
  readonly segments: ReadonlyMap<string, SegmentManifest>
  /** The segments whose people nothing may be sent to. */
  readonly holdouts: ReadonlySet<string>
  readonly enrichments: ReadonlyMap<string, EnrichmentManifest>
  readonly connectors: ReadonlyMap<string, Connector>
  /** Streams by connection; a connection that is too faulty to tell has none here. */
  readonly streams: ReadonlyMap<string, readonly string[]>
}

export function createWorkspaceView(
  loaded: readonly LoadedManifest[],
  { connectors, streams }: Pick<WorkspaceView, 'connectors' | 'streams'>,
): WorkspaceView {
  const names = new Map<ManifestKind, Set<string>>()
  for (const { kind, name } of loaded) names.set(kind, (names.get(kind) ?? new Set()).add(name))
  const manifests = loaded.flatMap(({ manifest }) => (manifest ? [manifest] : []))
  const derived = deriveSegments(manifests)
  names.set('segment', new Set([...(names.get('segment') ?? []), ...derived.map(({ name }) => name)]))
  const segments = manifests.filter((manifest) => manifest.kind === 'segment')
  const schemas = manifests.filter((manifest) => manifest.kind === 'profile_schema')
  const declared = loaded.filter(({ kind }) => kind === 'profile_schema').length
  return {
    names,
    profileSchema:
      declared === 1 && schemas[0]
        ? withPicks({ profileSchema: schemas[0], mappings: [] }, segments).profileSchema
        : undefined,
    connections: new Map(
      manifests
        .filter((manifest) => manifest.kind === 'connection')
        .map((manifest) => [manifest.name, manifest]),
    ),
    segments: new Map([...segments, ...derived].map((manifest) => [manifest.name, manifest])),
    holdouts: holdoutSegments(manifests.filter((manifest) => manifest.kind === 'split')),
    enrichments: new Map(
      manifests
        .filter((manifest) => manifest.kind === 'enrichment')
        .map((manifest) => [manifest.name, manifest]),
    ),
    connectors,
    streams,
  }
}

/** The connector behind a connection; undefined when either is unknown or faulty, which is told elsewhere. */
export function connectorOf(view: WorkspaceView, connection: string): Connector | undefined {
  const manifest = view.connections.get(connection)
  return manifest && view.connectors.get(manifest.connector)
}

export function destinationOf(
  view: WorkspaceView,
  connection: string,
  kind: string,
): DestinationDescription | undefined {
  return connectorOf(view, connection)?.destinations.find((destination) => destination.kind === kind)
}

/** What was referred to, in the words of the manifests. */
export type ReferredKind =
  | 'connection'
  | 'segment'
  | 'enrichment'
  | 'stream'
  | 'destination kind'
  | 'trait'
  | 'identifier'
  | 'event'
  | 'property'
  | 'purpose'
  | 'channel'
  | 'field'

/** Most known names that a message lists. */
const mostKnown = 30

export interface NameLookup {
  readonly kind: ReferredKind
  readonly name: string
  readonly known: Iterable<string>
  readonly path: ManifestPath
  readonly at?: 'key' | 'value'
}

/** A fault unless `name` is among the known ones; it lists them and tells which one was probably meant. */
export function checkName({ kind, name, known, path, at = 'value' }: NameLookup): PathFault[] {
  const names = [...known]
  if (names.includes(name)) return []
  const params = {
    kind,
    name: name.slice(0, 64),
    suggestion: suggestName(name, names),
    known: names.slice(0, mostKnown).join(', '),
  }
  return [{ path, at, code: 'manifest.unknown_reference', params }]
}

/** A fault unless a connection of this name is declared. */
export function checkConnectionName(view: WorkspaceView, name: string, path: ManifestPath): PathFault[] {
  return checkName({ kind: 'connection', name, known: view.names.get('connection') ?? [], path })
}

/** The same for what records come from, which the built-in connection of events is as well. */
export function checkSourceName(view: WorkspaceView, name: string, path: ManifestPath): PathFault[] {
  const known = [...(view.names.get('connection') ?? []), eventConnection]
  return checkName({ kind: 'connection', name, known, path })
}

/** Streams of a connection; undefined when it is too faulty to tell. */
export function streamsOf(view: WorkspaceView, connection: string): readonly string[] | undefined {
  return connection === eventConnection ? eventStreams : view.streams.get(connection)
}

/** A fault unless purpose and channel are in the profile schema. */
export function checkConsent(
  view: WorkspaceView,
  consent: { readonly purpose: string; readonly channel: string },
  path: ManifestPath,
): PathFault[] {
  const consents = view.profileSchema?.consents
  if (!consents) return []
  const { purpose, channel } = consent
  const purposeFaults = checkName({
    kind: 'purpose',
    name: purpose,
    known: Object.keys(consents),
    path: [...path, 'purpose'],
  })
  if (purposeFaults.length > 0) return purposeFaults
  const known = consents[purpose]?.channels ?? []
  return checkName({ kind: 'channel', name: channel, known, path: [...path, 'channel'] })
}
