import type { ControlStore } from '../../core/port/control-store.ts'
import type { DeliveryStore } from '../../core/port/delivery-store.ts'

/** One thing the hub needs to be of use. `check` rejects when it does not work. */
interface ReadinessCheck {
  readonly name: string
  readonly check: () => Promise<void>
}

/** What the API reads. Handed in, so that it knows no store and no engine. */
export interface ApiPorts {
  readonly control: Pick<ControlStore, 'run' | 'runs' | 'appliedManifests'>
  readonly reasons: DeliveryStore['reasons']
  /** Current members by segment name; segments that were never evaluated are absent. */
  readonly segmentSizes: () => Promise<ReadonlyMap<string, number>>
  readonly readiness: readonly ReadinessCheck[]
}
