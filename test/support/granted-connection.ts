import type { Connection, Connector } from '../../core/connector/connector.ts'
import { connectionManifest } from '../../core/manifest/manifest.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { JsonObject } from '../../core/port/json.ts'
import { createSecretBox } from '../../hub-server/secrets/secret-box.ts'
import { createConnections } from '../../hub-server/worker/connections.ts'
import { silentLogger } from './silent-logger.ts'

export interface GrantedConnectionOptions {
  readonly connector: Connector
  readonly config: JsonObject
  /** Where renewed access is kept; several processes may share it. */
  readonly store: ControlStore
  /** Names this process among them. */
  readonly holder: string
  readonly clock: Clock
  readonly onCall?: () => void
}

/** A connection with access that is renewed, opened as the hub opens it: its own caller and keeper. */
export function openGrantedConnection(options: GrantedConnectionOptions): Promise<Connection> {
  const { connector, config, store, holder, clock } = options
  const manifest = connectionManifest.parse({
    kind: 'connection',
    version: 1,
    name: 'under-test',
    connector: connector.slug,
    config,
  })
  return createConnections({
    manifests: new Map([['under-test', manifest]]),
    connectors: new Map([[connector.slug, connector]]),
    resolveConfig: (given) => Promise.resolve(given),
    folder: '/',
    grants: { store, box: createSecretBox(new Uint8Array(32).fill(7)), holder },
    clock,
    random: () => 0.5,
    logger: silentLogger,
    signal: new AbortController().signal,
    pacing: false,
    onCall: () => options.onCall?.(),
  })('under-test')
}
