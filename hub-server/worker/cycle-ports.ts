import type { Connection } from '../../core/connector/connector.ts'
import type { Workspace } from '../../core/manifest/manifest.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ConsentStore } from '../../core/port/consent-store.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { DeliveryStore } from '../../core/port/delivery-store.ts'
import type { EnrichmentStore } from '../../core/port/enrichment-store.ts'
import type { IdentityStore } from '../../core/port/identity-store.ts'
import type { Logger } from '../../core/port/logger.ts'
import type { PersonRights } from '../../core/port/person-rights.ts'
import type { PickStore } from '../../core/port/pick-store.ts'
import type { ProfileStore } from '../../core/port/profile-store.ts'
import type { Sealer } from '../../core/port/sealer.ts'
import type { SegmentStore } from '../../core/port/segment-store.ts'
import type { Telemetry } from '../../core/port/telemetry.ts'
import type { OnCycleEvent } from '../../core/sync/cycle-event.ts'
import type { ReachPhase } from '../../core/sync/phase.ts'

/** What a cycle works with. */
export interface CyclePorts {
  readonly control: ControlStore
  readonly profiles: ProfileStore
  readonly identities: IdentityStore
  readonly enrichments: EnrichmentStore
  readonly segments: SegmentStore
  readonly deliveries: DeliveryStore
  readonly consents: ConsentStore
  readonly rights: PersonRights
  /** Who was put into hand-picked segments, and taken out. */
  readonly picks: PickStore
  /** Seals whom a platform is still to erase. */
  readonly box: Sealer
  readonly connect: (name: string) => Promise<Connection>
  /** Requests made so far to a connection. */
  readonly countCalls: (connection: string) => number
  /** Brings events that clients sent into the warehouse; gives their number. Absent: this hub takes none. */
  readonly drainEvents?: (signal: AbortSignal) => Promise<number>
  /** Rewrites the file of events that clients sent without those that are in the warehouse. */
  readonly compactEvents?: () => void
  readonly newRunId: () => string
  readonly clock: Clock
  readonly logger: Logger
  /** Told of cycles, runs and batches. */
  readonly telemetry: Telemetry
  /** Told each phase as it is passed; see `createKillPoint`. */
  readonly reach: ReachPhase
}

/** What a cycle is to do. */
export interface CycleRequest {
  readonly workspace: Workspace
  /** The instant to evaluate at, epoch milliseconds. */
  readonly asOf: number
  /** Only these syncs. Absent: all. */
  readonly syncs?: readonly string[]
  /** "cli:<system user>" or "hub". */
  readonly actor: string
  readonly signal: AbortSignal
  readonly onEvent: OnCycleEvent
}

export type Cycle = CyclePorts & CycleRequest
