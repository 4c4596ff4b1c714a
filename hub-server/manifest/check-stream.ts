import type { ManifestPath, PathFault } from './manifest-fault.ts'
import { checkConnectionName, checkName, connectorOf, type WorkspaceView } from './workspace-view.ts'

/** A fault unless the connection is declared and its connector has such a stream. */
export function checkStream(
  view: WorkspaceView,
  source: { readonly connection: string; readonly stream: string },
  path: ManifestPath,
): PathFault[] {
  const connection = checkConnectionName(view, source.connection, [...path, 'connection'])
  const connector = connectorOf(view, source.connection)
  if (connection.length > 0 || !connector) return connection
  const known = connector.sources.map(({ name }) => name)
  return checkName({ kind: 'stream', name: source.stream, known, path: [...path, 'stream'] })
}
