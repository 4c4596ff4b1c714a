import type { ManifestPath, PathFault } from './manifest-fault.ts'
import { checkName, checkSourceName, streamsOf, type WorkspaceView } from './workspace-view.ts'

/** A fault unless the connection is declared, or built in, and offers such a stream. */
export function checkStream(
  view: WorkspaceView,
  source: { readonly connection: string; readonly stream: string },
  path: ManifestPath,
): PathFault[] {
  const connection = checkSourceName(view, source.connection, [...path, 'connection'])
  const known = streamsOf(view, source.connection)
  if (connection.length > 0 || !known) return connection
  return checkName({ kind: 'stream', name: source.stream, known, path: [...path, 'stream'] })
}
