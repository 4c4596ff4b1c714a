import { z } from 'zod'
import type { Quota } from '../../../core/port/quota-book.ts'
import { describeRoute } from './describe-route.ts'
import { instant, nameText, wire } from './wire.ts'

/** What a copy of all data holds. */
export interface BackupDocument {
  readonly folder: string
  readonly madeAt: number
  readonly bytes: number
  readonly files: readonly string[]
}

export const makeBackup = describeRoute({
  name: 'hub.backup',
  method: 'POST',
  path: '/v1/hub/backups',
  permission: 'operation:write',
  summary:
    'Copies all data of the workspace into an empty folder of this machine, while the hub works; only the person at this machine may name one.',
  mode: 'operation',
  cost: 'heavy',
  body: wire<{ readonly folder: string; readonly withKey: boolean }>({
    // Absolute: whoever asks and the hub need not stand in the same folder.
    folder: z
      .string()
      .max(4096)
      .regex(/^(?:\/|[A-Za-z]:[\\/])[^\0]*$/),
    withKey: z.boolean(),
  }),
  answer: wire<BackupDocument>({
    folder: z.string(),
    madeAt: instant,
    bytes: z.int(),
    files: z.array(z.string()),
  }),
  errors: ['usage.folder_not_empty', 'store.unwritable'],
  example: {
    body: { folder: '/var/backups/affluent/2026-11-22', with_key: false },
    answer: {
      folder: '/var/backups/affluent/2026-11-22',
      made_at: '2026-11-22T08:00:00.000Z',
      bytes: 73_400_320,
      files: ['control.sqlite', 'events.sqlite', 'warehouse.duckdb', 'audit-head.json'],
    },
  },
})

/** What doctor found. */
export interface FindingDocument {
  readonly check: string
  readonly state: 'ok' | 'warning' | 'fault' | 'skipped'
  readonly params: Readonly<Record<string, string | number>>
}

export const listFindings = describeRoute({
  name: 'hub.findings',
  method: 'GET',
  path: '/v1/hub/findings',
  permission: 'operation:write',
  summary: 'Looks for what is wrong with the hub, its machine, its stores and its syncs.',
  cost: 'heavy',
  answer: wire<{ readonly findings: readonly FindingDocument[] }>({
    findings: z.array(
      wire<FindingDocument>({
        check: z.string(),
        state: z.enum(['ok', 'warning', 'fault', 'skipped']),
        params: z.record(z.string(), z.union([z.string(), z.number()])),
      }),
    ),
  }),
  example: { answer: { findings: [{ check: 'backup_age', state: 'warning', params: { days: 9 } }] } },
})

const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const
type Level = (typeof levels)[number]
const levelContract = wire<{ readonly level: Level }>({ level: z.enum(levels) })

export const readLogLevel = describeRoute({
  name: 'hub.log_level',
  method: 'GET',
  path: '/v1/hub/log-level',
  permission: 'operation:read',
  summary: 'How much the hub writes into its log.',
  answer: levelContract,
  example: { answer: { level: 'error' } },
})

export const changeLogLevel = describeRoute({
  name: 'hub.change_log_level',
  method: 'PUT',
  path: '/v1/hub/log-level',
  permission: 'operation:write',
  summary: 'Changes how much the hub writes into its log, until it ends.',
  body: levelContract,
  answer: levelContract,
  example: { body: { level: 'debug' }, answer: { level: 'debug' } },
})

/** What is left of a quota of the platform, as its answers told it last. */
type QuotaDocument = Omit<Quota, 'connection'>

/** The health of an account, as its runs and its access tell it. */
export interface ConnectionHealthDocument {
  readonly connection: string
  readonly connector: string
  readonly state: 'healthy' | 'failing' | 'reconnect' | 'waiting' | 'unused'
  /** Code of the error that stands in the way. */
  readonly problem: string | null
  readonly lastSuccessAt: number | null
  /** Members that were planned and are neither taken nor refused, and since when the oldest wait. */
  readonly pending: number
  readonly pendingSince: number | null
  /** When the access in use was given or renewed, and when it ends where the platform says so. */
  readonly accessSince: number | null
  readonly accessUntil: number | null
  /** Who put the connection into force. */
  readonly owner: string | null
  readonly nextRunAt: number | null
  readonly quotas: readonly QuotaDocument[]
}

export const listConnectionHealth = describeRoute({
  name: 'hub.connections',
  method: 'GET',
  path: '/v1/connections',
  permission: 'connections:read',
  summary: 'The connections in force, each with its health.',
  answer: wire<{ readonly connections: readonly ConnectionHealthDocument[] }>({
    connections: z.array(
      wire<ConnectionHealthDocument>({
        connection: nameText,
        connector: z.string(),
        state: z.enum(['healthy', 'failing', 'reconnect', 'waiting', 'unused']),
        problem: z.string().nullable(),
        lastSuccessAt: instant.nullable(),
        pending: z.int(),
        pendingSince: instant.nullable(),
        accessSince: instant.nullable(),
        accessUntil: instant.nullable(),
        owner: z.string().nullable(),
        nextRunAt: instant.nullable(),
        quotas: z.array(
          wire<QuotaDocument>({
            budget: z.string(),
            windowMs: z.int(),
            left: z.int(),
            of: z.int(),
            isLow: z.boolean(),
            at: instant,
          }),
        ),
      }),
    ),
  }),
  errors: ['run.not_applied'],
  example: {
    answer: {
      connections: [
        {
          connection: 'hubspot',
          connector: 'hubspot',
          state: 'healthy',
          problem: null,
          last_success_at: '2026-11-22T08:00:00.000Z',
          pending: 0,
          pending_since: null,
          access_since: '2026-11-22T07:40:00.000Z',
          access_until: '2026-11-22T08:10:00.000Z',
          owner: 'user:Ada',
          next_run_at: null,
          quotas: [
            {
              budget: 'marketplace_app',
              window_ms: 86_400_000,
              left: 587_000,
              of: 650_000,
              is_low: false,
              at: '2026-11-22T08:00:00.000Z',
            },
          ],
        },
      ],
    },
  },
})

export const hubContracts = [
  makeBackup,
  listFindings,
  readLogLevel,
  changeLogLevel,
  listConnectionHealth,
] as const
