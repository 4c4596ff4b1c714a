import type { SandboxReply } from '../../../connectors/sandbox-kit/sandbox-server.ts'
import type { Connection, Connector } from '../../../core/connector/connector.ts'
import type { Credentials } from '../../../core/connector/credentials.ts'
import type { Audience, DestinationRecord } from '../../../core/connector/destination.ts'
import type { PlatformErrorCode } from '../../../core/errors/error-codes.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import type { FixedClock } from '../../support/fixed-clock.ts'

/** What a connector's test file hands to `connectorSuite`. */
export interface ConnectorSuite {
  readonly connector: Connector
  /** Streams to be tested, each with a case in the harness. Default: the connector's `sources`. */
  readonly streams?: readonly string[]
  /** Streams whose pages are counted off by rows, so that no cursor of the platform can lead astray. Default: none. */
  readonly pagedByOffset?: readonly string[]
  /** True where access that has ended needs a person: nothing the hub holds renews it. Default: false. */
  readonly endsForGood?: boolean
  /** Starts a fresh platform with fresh seeds. Called once per test, so that no test sees another's writes. */
  start(): Promise<ConnectorHarness>
}

/** A platform that the suite may read, write and break, and the truth about it that does not come from the connector. */
export interface ConnectorHarness {
  /** A valid configuration that leads to the sandbox. */
  readonly config: JsonObject
  /** Texts of the configuration that must never appear anywhere. */
  readonly secrets: readonly string[]
  /** Default: a clock that stands still at 2026-11-01T00:00:00Z and jumps when somebody sleeps. */
  readonly clock?: FixedClock
  /** Default: the folder of the test run. */
  readonly workspace?: string
  /** A fixed grant, for a connector that declares `grant`. */
  readonly credentials?: Credentials
  /** One case per stream, by name. */
  readonly sources: Readonly<Record<string, SourceCase>>
  /** One case per audience kind. */
  readonly destinations: Readonly<Record<string, DestinationCase>>
  /** Present for a connector that declares `grant`. */
  readonly access?: AccessCase
  /** Absent for a connector without rate budgets: it calls nobody. */
  readonly platform?: PlatformCase
  close(): Promise<void>
}

/** A seeded stream. Seed it so that reading takes three pages or more, else resuming is tested in vain. */
export interface SourceCase {
  /** Fields to ask for: fewer than the records have. */
  readonly fields: readonly string[]
  /** External ids of all records, in any order. */
  readonly externalIds: readonly string[]
  /** Places of rows that must be quarantined. Default: none. */
  readonly quarantined?: readonly string[]
  /** Changes the stream on the platform. Returns the external ids that the next incremental read must give. */
  change?(): Promise<readonly string[]>
  /** Needed unless the suite names the stream in `pagedByOffset`. */
  readonly paging?: PagingCase
}

/** How a stream turns its pages, for traps that the platform is known to set. */
export interface PagingCase {
  /** Whether this answer announces another page. */
  hasMore(body: unknown): boolean
  /** The same answer without its records. */
  emptied(body: unknown): unknown
}

/** Access that is renewed, and the platform's own view of it. */
export interface AccessCase {
  /** A configuration with what access is renewed by. */
  readonly config: JsonObject
  /** From now on the platform refuses every access token that it has handed out; nobody is told. */
  expire(): void
  /** Audience kind whose batches are sent with this access. Absent: none is. */
  readonly batchTo?: string
  /** How many access tokens the platform was asked for so far. */
  countRefreshes(): number
}

/** A destination and the platform's own view of its audiences. */
export interface DestinationCase {
  /** `count` valid, distinct people whom the platform does not hold yet, the same at each call. */
  records(count: number): readonly DestinationRecord[]
  /** A record that must be rejected, alone. */
  readonly badRecord: DestinationRecord
  /** How many members the audience has, from the platform's ledger or store, not through the connector. */
  countMembers(audience: Audience): number
  /** How many people the platform holds who have this record's e-mail address, where it keeps people beside its audiences. */
  countPeople?(record: DestinationRecord): number
  /** How many audiences of this kind the platform holds. */
  countAudiences(): number
  /** Fewest requests that `count` records can be added with, and removed with. */
  callsToAdd(count: number): number
  callsToRemove?(count: number): number
  /** An audience made by a person, when the connector cannot create one. */
  existing?: { readonly name: string }
  /** Makes writes visible to reads at once (moves the sandbox's clock). Default: nothing to do. */
  settle?(): void
}

/** A blow that strikes the next request; a subset of the sandbox kit's `Fault`, so `(blow) => server.faults.add(blow)` does. */
export type Blow = { readonly kind: 'reply'; readonly reply: SandboxReply } | { readonly kind: 'cut' }

/** The kinds of refusal that every platform knows, whatever it calls them. */
export const refusalKinds = [
  'unauthorised',
  'forbidden',
  'rate_limited',
  'bad_request',
  'not_found',
  'server_error',
] as const
export type RefusalKind = (typeof refusalKinds)[number]

export interface Refusal {
  readonly reply: SandboxReply
  /** The codes it may become. */
  readonly codes: readonly PlatformErrorCode[]
}

interface PlatformCase {
  strike(blow: Blow): void
  /** How many requests reached the platform so far. */
  countRequests(): number
  /** How many changes the platform carried out so far. */
  countWrites(): number
  /** The platform's own way of refusing, where it differs from a plain HTTP status (see `plainRefusals`). */
  readonly refusals?: Partial<Record<RefusalKind, Refusal>>
  /** One act that makes at least one call. Default: reads the first page of the first stream, else finds an audience. */
  probe?: (connection: Connection) => Promise<unknown>
}
