import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ReadinessCheck } from '../api/health.ts'

/** How long a check may take, in milliseconds: whoever asks waits for all of them, and one that hangs must not hide what the others found. */
const patienceMs = 2_000

export interface ProbeOptions {
  /** Aborts when the hub is asked to stop. */
  readonly stopping?: AbortSignal | undefined
  readonly clock: Clock
}

/**
 * The checks as load balancers and supervisors ask them: each answers within two seconds, or counts as failed (`api.overloaded`), and none passes any more
 * once the hub was asked to stop (`run.aborted`), although it still answers until what is under way has ended.
 */
export function createProbeChecks(
  checks: readonly ReadinessCheck[],
  { stopping, clock }: ProbeOptions,
): readonly ReadinessCheck[] {
  const goesOn = { name: 'goes_on', check: () => Promise.try(() => refuseAfter(stopping)) }
  return [
    ...checks.map((each) => ({ ...each, check: () => answerSoon(each.check, clock) })),
    ...(stopping ? [goesOn] : []),
  ]
}

async function answerSoon(check: () => Promise<void>, clock: Clock): Promise<void> {
  const answered = new AbortController()
  const late = clock.sleep(patienceMs, answered.signal).then(
    () => Promise.reject(new AffluentError('api.overloaded', { act: 'checking readiness' })),
    () => undefined,
  )
  try {
    await Promise.race([check(), late])
  } finally {
    answered.abort()
  }
}

function refuseAfter(stopping: AbortSignal | undefined): void {
  if (stopping?.aborted) throw new AffluentError('run.aborted', { act: 'checking readiness' })
}
