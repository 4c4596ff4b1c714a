import type { Connector } from '../../core/connector/connector.ts'
import { eventConnection } from '../../core/manifest/event-streams.ts'
import type { ConnectionManifest } from '../../core/manifest/manifest.ts'
import { calledAddresses } from '../../core/network/called-addresses.ts'
import { checkTarget } from '../../core/network/check-target.ts'
import { noPrivateNetworks, type PrivateNetworks } from '../../core/network/private-networks.ts'
import type { JsonObject } from '../../core/port/json.ts'
import { formatPath, type ManifestPath, type PathFault } from './manifest-fault.ts'
import { parseReference } from './reference.ts'
import { tryReferences, type ReferenceSource } from './resolve-references.ts'
import { suggestName } from './suggest-name.ts'
import { toPathFaults } from './zod-faults.ts'
import { childSchema, isSecretSchema, unionBranches, type Schema } from './zod-shape.ts'

/** What is wrong with a connection, and the streams it offers: undefined when its configuration is too faulty to tell. */
export interface CheckedConnection {
  readonly faults: readonly PathFault[]
  readonly streams: readonly string[] | undefined
}

/** Where references lead, and where connections may. */
export interface ConnectionSource extends ReferenceSource {
  /** Default: the public internet. */
  readonly networks?: PrivateNetworks
}

/**
 * A connection's connector exists, its references lead somewhere, its secrets are references, and its `config`, once resolved, is
 * what the connector asks for, and the addresses in it are some that the hub connects to. Resolved values never leave this function: faults about them tell only their kind.
 */
export async function checkConnection(
  connection: ConnectionManifest,
  connectors: ReadonlyMap<string, Connector>,
  source: ConnectionSource,
): Promise<CheckedConnection> {
  const { resolved, faults } = await tryReferences(connection.config, source)
  const references = [
    ...checkReserved(connection.name),
    ...faults.map((fault) => ({ ...fault, path: ['config', ...fault.path] })),
  ]
  const connector = connectors.get(connection.connector)
  if (!connector) {
    const unknown = unknownConnector(connection.connector, connectors)
    return { faults: [unknown, ...references], streams: undefined }
  }
  const told = [...references, ...plainSecrets(connector.config, connection.config, ['config'])]
  const parsed = connector.config.safeParse(resolved)
  if (parsed.success)
    return {
      faults: [...told, ...refusedAddresses(resolved, source)],
      streams: streamsOf(connector, resolved),
    }
  const places = new Set(told.map(({ path }) => formatPath(path)))
  const issues = toPathFaults(parsed.error.issues, {
    schema: connector.config,
    value: resolved,
    base: ['config'],
    isPrivate: true,
  })
  const more = issues.filter(({ path }) => !places.has(formatPath(path)))
  return { faults: [...told, ...more], streams: undefined }
}

/** One name is taken: the connection that clients' events come in by. */
function checkReserved(name: string): PathFault[] {
  if (name !== eventConnection) return []
  const params = { key: 'name', expected: `≠ "${eventConnection}"`, found: name, suggestion: '' }
  return [{ path: ['name'], code: 'manifest.invalid_value', params }]
}

/** By what is written in them; nothing is looked up. */
function refusedAddresses(
  config: JsonObject,
  { networks = noPrivateNetworks }: ConnectionSource,
): PathFault[] {
  return calledAddresses(config).flatMap(({ path, address }): PathFault[] => {
    const reason = checkTarget(address, networks)
    const params = { key: String(path.at(-1)), reason: reason ?? '' }
    return reason === undefined
      ? []
      : [{ path: ['config', ...path], code: 'manifest.address_refused', params }]
  })
}

function streamsOf(connector: Connector, config: JsonObject): string[] {
  const sources = [...connector.sources, ...(connector.openSources?.(config) ?? [])]
  return sources.map(({ name }) => name)
}

function unknownConnector(slug: string, connectors: ReadonlyMap<string, Connector>): PathFault {
  const known = [...connectors.keys()].sort()
  const params = {
    connector: slug.slice(0, 64),
    suggestion: suggestName(slug, known),
    known: known.join(', '),
  }
  return { path: ['connector'], code: 'connector.unknown', params }
}

/** Values that stand in the file although their schema marks them as secret; the default of a reference counts as such a value. */
function plainSecrets(schema: Schema, value: unknown, path: ManifestPath): PathFault[] {
  if (typeof value === 'string') {
    if (!mayBeSecret(schema) || isPureReference(value)) return []
    return [{ path, code: 'manifest.plain_secret', params: { key: String(path.at(-1) ?? '') } }]
  }
  if (typeof value !== 'object' || value === null) return []
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value)
  return entries.flatMap(([key, child]) => {
    const inner = childSchema(schema, key)
    return inner ? plainSecrets(inner, child, [...path, key]) : []
  })
}

function mayBeSecret(schema: Schema): boolean {
  return isSecretSchema(schema) || unionBranches(schema).some((branch) => mayBeSecret(branch))
}

function isPureReference(text: string): boolean {
  const reference = parseReference(text)
  if (reference === 'partial') return true
  return reference !== undefined && (reference.kind === 'file' || reference.fallback === undefined)
}
