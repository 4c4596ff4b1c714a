import type { Clock } from '../../../core/port/clock.ts'
import type { LedgerEntry } from '../../sandbox-kit/sandbox-server.ts'
import { createInsightStore, type InsightStore } from './insight-store.ts'
import type { AudienceRecord } from './sandbox-audience.ts'
import { createUploadSessions, type UploadSessions } from './upload-sessions.ts'

/** All that the sandbox knows of its one ad account. */
export interface SandboxAccount {
  /** "act_1234567890" */
  readonly id: string
  readonly clock: Clock
  readonly ledger: LedgerEntry[]
  readonly audiences: Map<string, AudienceRecord>
  readonly sessions: UploadSessions
  readonly insights: InsightStore
  readonly timeZone: string
  /** Targeting of each ad set. */
  readonly adSets: Map<string, Readonly<Record<string, unknown>>>
  termsAccepted: boolean
  /** The terms of value-based audiences. */
  valueTermsAccepted: boolean
  /** Audiences that are taken to have 100 million people, and those whose exchange fails at its next request. */
  readonly huge: Set<string>
  readonly failing: Set<string>
  permissions: readonly string[]
  /** Who is signed in in the browser. Only `ownPerson` has a right on the ad account. */
  person: string
  /** Subcode of error 190 for every call, once the token is revoked. */
  revoked: number | undefined
  /** A removal that would leave fewer members than this is refused with 1870047. */
  smallestAudience: number
  nextAudience: bigint
}

/** The person whose tokens open the ad account. */
export const ownPerson = '501'

export function createSandboxAccount(options: {
  id: string
  clock: Clock
  termsAccepted: boolean
}): SandboxAccount {
  return {
    ...options,
    ledger: [],
    audiences: new Map(),
    sessions: createUploadSessions(options.clock),
    insights: createInsightStore(),
    adSets: new Map(),
    valueTermsAccepted: true,
    huge: new Set(),
    failing: new Set(),
    timeZone: 'America/Los_Angeles',
    person: ownPerson,
    permissions: ['ads_management', 'ads_read', 'business_management'],
    revoked: undefined,
    smallestAudience: 0,
    // Real ids are above 2^53 and come as texts: who reads them as numbers loses the last digits.
    nextAudience: 23_850_000_000_000_001n,
  }
}

/** Writes an accepted operation into the ledger. */
export function record(
  account: SandboxAccount,
  operation: string,
  target: string,
  members: readonly string[] = [],
): void {
  account.ledger.push({ at: account.clock.now(), operation, target, members })
}
