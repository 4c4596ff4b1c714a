import type { GaugeReading } from '../telemetry/metric-definitions.ts'
import type { ConnectionHealth } from './connection-health.ts'

/**
 * The share of each quota that is left, by platform and budget: of several accounts, that of the one that has least. Budgets are few and the
 * connectors' own words, so that the labels are bounded whatever is connected.
 */
export function toQuotaGauges(
  health: readonly Pick<ConnectionHealth, 'connector' | 'quotas'>[],
): readonly GaugeReading[] {
  const gauges = new Map<string, GaugeReading>()
  for (const { connector, quotas } of health)
    for (const { budget, left, of } of quotas) {
      const key = JSON.stringify([connector, budget])
      const value = Math.min(left / of, gauges.get(key)?.value ?? 1)
      gauges.set(key, { name: 'quota_left', value, labels: { connector, kind: budget } })
    }
  return [...gauges.values()]
}
