import type { RetentionManifest } from '../../core/manifest/manifest.ts'
import type { RetentionOrder } from '../../core/port/person-rights.ts'
import type { Cycle } from './cycle-ports.ts'
import { runSharedStage } from './run-stage.ts'

/** What a retention manifest asks for at an instant. */
export function toRetentionOrder({ keep_days: keepDays }: RetentionManifest, at: number): RetentionOrder {
  return { keepDays, at }
}

/** Takes away what is past its time, before segments are computed from it. Without a manifest, or where it names no class, nothing. */
export async function applyRetention(cycle: Cycle): Promise<void> {
  const { retention } = cycle.workspace
  if (!retention || Object.keys(retention.keep_days).length === 0) return
  await runSharedStage(cycle, 'retain', async () => {
    const counts = await cycle.rights.retain(toRetentionOrder(retention, cycle.asOf))
    return {
      retainedPeople: counts.gone_people,
      retainedEvents: counts.events,
      retainedDeliveries: counts.deliveries,
      retainedQuarantine: counts.quarantine,
    }
  })
}
