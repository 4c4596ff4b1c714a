import { z } from 'zod'
import type { AuditEntry } from '../../../core/audit/audit-entry.ts'
import type { AuditReport } from '../../../core/audit/audit-report.ts'
import type { AuditCheckpoint } from '../../../core/audit/checkpoint.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { describeRoute } from './describe-route.ts'
import { asIs, instant, pageQuery, personText, wire, type PageQuery } from './wire.ts'

const entryContract = wire<AuditEntry>({
  number: z.int(),
  at: instant,
  actor: z.string(),
  action: z.string(),
  object: z.string(),
  details: asIs<JsonObject>('What the action was about: counts, names, digests; never a person.'),
  previousHash: z.string(),
  hash: z.string(),
})

const checkpointContract = wire<AuditCheckpoint>({
  number: z.int(),
  hash: z.string(),
  at: instant,
  key: z.string(),
  signature: z.string(),
})

const exampleEntry = {
  number: 12,
  at: '2026-11-22T08:00:00.000Z',
  actor: 'user:Ada',
  action: 'plan_approved',
  object: 'sync/lapsed-to-meta',
  details: { digest: '3f9a1c2b7d4e' },
  previous_hash: '9d3e…',
  hash: '41b7…',
}
const exampleCheckpoint = {
  number: 12,
  hash: '41b7…',
  at: '2026-11-22T08:05:00.000Z',
  key: 'GfZ9…=',
  signature: 'b0Qx…==',
}

interface EntryQuery extends PageQuery {
  /** Only what was done to this object: "sync/lapsed-to-meta". */
  readonly object?: string
  /** Only this action: "plan_approved". */
  readonly action?: string
}

export interface EntryPage {
  readonly entries: readonly AuditEntry[]
  readonly nextCursor: string | null
}

export const listAuditEntries = describeRoute({
  name: 'audit.entries',
  method: 'GET',
  path: '/v1/audit/entries',
  permission: 'audit:read',
  summary: 'The audit log, oldest first, with the hashes that chain it.',
  query: wire<EntryQuery>({
    ...pageQuery,
    object: z.string().min(1).max(400).exactOptional(),
    action: z.string().min(1).max(64).exactOptional(),
  }),
  answer: wire<EntryPage>({ entries: z.array(entryContract), nextCursor: z.string().nullable() }),
  example: { query: { limit: '100' }, answer: { entries: [exampleEntry], next_cursor: null } },
})

export const verifyAuditLog = describeRoute({
  name: 'audit.verify',
  method: 'GET',
  path: '/v1/audit/verification',
  permission: 'audit:read',
  cost: 'heavy',
  summary: 'Checks the whole audit log against its own hashes and its noted end.',
  answer: asIs<AuditReport>('Whether the log is intact; else the first bad entry and what is wrong with it.'),
  example: { answer: { ok: true, entries: 12, head: { number: 12, hash: '41b7…' }, checkpoints: 0 } },
})

export const signAuditLog = describeRoute({
  name: 'audit.checkpoint',
  method: 'GET',
  path: '/v1/audit/checkpoint',
  permission: 'audit:read',
  summary:
    'Where the audit log ends now, signed: keep it elsewhere, and a tail that is cut off later can be seen.',
  answer: checkpointContract,
  example: { answer: exampleCheckpoint },
})

/** Somebody who looked at a person. */
export interface PersonView {
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly details: JsonObject
}

/** An audience that was sent a person, and which fields of them; no values. */
export interface PersonReceipt {
  readonly connection: string
  readonly kind: string
  readonly audience: string
  readonly status: string
  readonly at: string | null
  readonly stillThere: boolean
  readonly fields: readonly string[]
}

export interface PersonTrail {
  readonly profileId: string
  readonly seen: readonly PersonView[]
  readonly received: readonly PersonReceipt[]
}

export const tracePerson = describeRoute({
  name: 'audit.person',
  method: 'POST',
  path: '/v1/audit/people/trace',
  permission: 'audit:read',
  effect: 'reads',
  summary: 'Who saw a person in the hub, and which audiences received which fields of them.',
  body: wire<{ readonly person: string }>({ person: personText }),
  answer: wire<PersonTrail>({
    profileId: z.string(),
    seen: z.array(
      wire<PersonView>({
        at: instant,
        actor: z.string(),
        action: z.string(),
        details: asIs<JsonObject>('Where and how: never a value of the person.'),
      }),
    ),
    received: z.array(
      wire<PersonReceipt>({
        connection: z.string(),
        kind: z.string(),
        audience: z.string(),
        status: z.string(),
        at: z.string().nullable(),
        stillThere: z.boolean(),
        fields: z.array(z.string()),
      }),
    ),
  }),
  errors: ['run.profile_unknown'],
  example: {
    body: { person: 'ada@example.com' },
    answer: {
      profile_id: 'p_12',
      seen: [
        {
          at: '2026-11-22T08:00:00.000Z',
          actor: 'user:Ada',
          action: 'person_shown',
          details: { page: 'profile' },
        },
      ],
      received: [
        {
          connection: 'meta',
          kind: 'custom_audience',
          audience: 'Lapsed',
          status: 'applied',
          at: '2026-11-21T08:00:00.000Z',
          still_there: true,
          fields: ['email', 'phone'],
        },
      ],
    },
  },
})

export const auditContracts = [listAuditEntries, verifyAuditLog, signAuditLog, tracePerson]
