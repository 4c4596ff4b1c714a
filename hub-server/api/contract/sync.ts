import { z } from 'zod'
import { describeRoute } from './describe-route.ts'
import { exampleRun, runContract, type RunDocument } from './run.ts'
import { wire } from './wire.ts'

interface SyncDestination {
  readonly connection: string
  readonly kind: string
  readonly audience: string
}
interface SyncSource {
  readonly connection: string
  readonly stream: string
}

/** A sync in force, with its latest run. What only the other kind has is null. */
export interface SyncDocument {
  readonly name: string
  readonly title: string | null
  readonly kind: 'pull' | 'deliver'
  readonly source: SyncSource | null
  readonly segment: string | null
  readonly destination: SyncDestination | null
  readonly mode: 'mirror' | 'add_only' | 'replace' | null
  readonly lastRun: RunDocument | null
}
const syncContract = wire<SyncDocument>({
  name: z.string(),
  title: z.string().nullable(),
  kind: z.enum(['pull', 'deliver']),
  source: wire<SyncSource>({ connection: z.string(), stream: z.string() }).nullable(),
  segment: z.string().nullable(),
  destination: wire<SyncDestination>({
    connection: z.string(),
    kind: z.string(),
    audience: z.string(),
  }).nullable(),
  mode: z.enum(['mirror', 'add_only', 'replace']).nullable(),
  lastRun: runContract.nullable(),
})

export const listSyncs = describeRoute({
  name: 'syncs.list',
  method: 'GET',
  path: '/v1/syncs',
  permission: 'syncs:read',
  summary: 'The syncs in force, by name, each with its latest run.',
  answer: wire<{ readonly syncs: readonly SyncDocument[] }>({ syncs: z.array(syncContract) }),
  example: {
    answer: {
      syncs: [
        {
          name: 'big-spenders-to-meta',
          title: null,
          kind: 'deliver',
          source: null,
          segment: 'big-spenders',
          destination: { connection: 'meta', kind: 'custom_audience', audience: 'Big spenders' },
          mode: 'mirror',
          last_run: exampleRun,
        },
      ],
    },
  },
})

export const syncContracts = [listSyncs]
