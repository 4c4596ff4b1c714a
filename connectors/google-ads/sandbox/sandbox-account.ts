import type { Clock } from '../../../core/port/clock.ts'
import type { LedgerEntry } from '../../sandbox-kit/sandbox-server.ts'
import type { Member } from './member-request.ts'
import type { AdsFault } from './rpc-error.ts'

/** One person on a list, known by identifiers. */
export interface ListMember {
  readonly identifiers: ReadonlySet<string>
  lastAddedAt: number
}

/** A user list and its members, by their identifiers joined with "|". */
export interface SandboxList {
  readonly id: string
  readonly displayName: string
  readonly description: string
  readonly membershipDuration: string | undefined
  readonly uploadKeyTypes: readonly string[]
  readonly members: Map<string, ListMember>
  /** How many members it had from when on: sizes show a day late. */
  readonly history: { readonly at: number; readonly members: number }[]
  membershipStatus: 'OPEN' | 'CLOSED'
  readOnly: boolean
}

/** A flat report row: column → value. Numbers of 64 bits are texts, as in JSON. */
export type ReportRow = Readonly<Record<string, string | number | boolean>>

export interface SandboxBudget {
  readonly id: string
  readonly name: string
  readonly period: 'DAILY' | 'CUSTOM_PERIOD'
  readonly explicitlyShared: boolean
  readonly referenceCount: number
  amountMicros: number
}

/** An audience that a campaign or ad group targets or excludes. */
export interface SandboxCriterion {
  readonly level: 'campaign' | 'ad_group'
  readonly owner: string
  readonly id: string
  readonly list: string
  readonly negative: boolean
}

export interface SandboxLookalike {
  readonly id: string
  readonly name: string
  readonly seeds: readonly string[]
  readonly expansion: string
  readonly countries: readonly string[]
}

/** What an upload becomes when it is worked off. */
export interface SandboxUpload {
  readonly id: string
  readonly kind: 'ingest' | 'remove' | 'remove_all'
  readonly lists: readonly string[]
  readonly members: readonly { readonly identifiers: readonly string[]; readonly refused?: string }[]
  /** Of `remove_all`. */
  readonly asOf: number
  readonly acceptedAt: number
  readonly endsAt: number
  state: 'PROCESSING' | 'SUCCESS' | 'PARTIAL_SUCCESS' | 'FAILED'
}

/** A job of the old upload path. Nothing happens until it is run; then it is an upload like others. */
export interface SandboxJob {
  readonly list: string
  readonly consent: { readonly adUserData: string; readonly adPersonalization: string }
  readonly operations: { readonly kind: 'create' | 'remove' | 'remove_all'; readonly member: Member }[]
  isStarted: boolean
}

/** All that the sandbox knows of its one Google Ads account. */
export interface SandboxAccount {
  readonly customerId: string
  /** Manager account through which alone access is given; undefined: access is direct. */
  readonly managerId: string | undefined
  readonly currency: string
  readonly timeZone: string
  readonly clock: Clock
  readonly ledger: LedgerEntry[]
  readonly lists: Map<string, SandboxList>
  readonly uploads: Map<string, SandboxUpload>
  /** Jobs of the old path by resource name. */
  readonly jobs: Map<string, SandboxJob>
  /** Rows by resource: "campaign", "ad_group_audience_view", … */
  readonly rows: Map<string, ReportRow[]>
  readonly budgets: Map<string, SandboxBudget>
  readonly criteria: SandboxCriterion[]
  readonly lookalikes: SandboxLookalike[]
  /** Access tokens and when they end. */
  readonly tokens: Map<string, number>
  readonly changeFaults: AdsFault[]
  /** Places of the next request with people for a job that are refused, and why. */
  refusedOperations: { readonly places: readonly number[]; readonly name: string } | undefined
  /** gRPC methods whose next answer is lost on its way. */
  readonly lostAnswers: string[]
  termsAccepted: boolean
  allowlisted: boolean
  /** True for an account that may still use the old upload path. */
  oldPathAllowed: boolean
  /** Percentage of uploaded people that Google knows. */
  matchRate: number
  /** Refusal of the next status of uploads: everything fails with this reason. */
  failUploads: string | undefined
  pageSize: number
  next: bigint
}

/** Ids above 2^53, as texts (trap 13). */
export function nextId(account: SandboxAccount): string {
  account.next += 1n
  return account.next.toString()
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
