import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { SalesforceContext } from './config.ts'
import { readApiUsage, type ApiUsage } from './limit-info.ts'

interface Noted extends ApiUsage {
  readonly at: number
}

const noted = new WeakMap<SalesforceContext, Noted>()

const hourMs = 3_600_000
/** Nothing of ours goes out above this, whoever asks. */
const hardCeiling = 0.95

/** Remembers what an answer told of the org's daily calls. */
export function noteUsage(context: SalesforceContext, headers: Readonly<Record<string, string>>): void {
  const usage = readApiUsage(headers)
  if (usage) noted.set(context, { ...usage, at: context.clock.now() })
}

/**
 * Parks the run for an hour when the org's daily calls, which all its apps share, are used up to the ceiling: other integrations
 * must not stand still because of a sync. What was noted more than an hour ago is forgotten, so that the next call looks anew.
 * Throws `platform.quota_exhausted`.
 */
export function keepBelowCeiling(
  context: SalesforceContext,
  call: { readonly act: string; readonly now: number; readonly urgent: boolean },
): void {
  const usage = noted.get(context)
  if (!usage || call.now - usage.at >= hourMs) return
  const ceiling = call.urgent ? hardCeiling : context.config.daily_usage_ceiling
  if (usage.used < usage.max * ceiling) return
  throw new PlatformError(
    'platform.quota_exhausted',
    { act: call.act, said: `${usage.used} of ${usage.max} daily API calls of the org are used` },
    { until: usage.at + hourMs },
  )
}
