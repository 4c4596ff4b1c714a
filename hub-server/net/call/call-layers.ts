import type { CallLayer } from './call-layer.ts'
import { countAttempt } from './count-attempt.ts'
import { limitTime } from './limit-time.ts'
import { logAttempt } from './log-attempt.ts'
import { noteQuotas } from './note-quotas.ts'
import { payBudget } from './pay-budget.ts'
import { renewAccess } from './renew-access.ts'
import { repeatByKind } from './repeat-by-kind.ts'
import { traceAttempt, traceCall } from './trace-call.ts'

/**
 * Every layer that a call to a platform passes, outermost first: the one place that says their order. Inside of the last one the connector
 * sends and classifies; what it sends then passes the layers of the wire (`wireLayers`).
 *
 * 1. A span is around the call with all its attempts.
 * 2. Attempts are repeated by the kind of their error; each is one pass through all that follows.
 * 3. A refused token is renewed once a call; that is no attempt of its own, as nothing was carried out.
 * 4. Each request waits for its turn and pays its budget: repeated ones too, so that they cannot rush past others.
 * 5. What the answer tells of the platform's quotas is noted.
 * 6. From here on it is one request: its span, from the moment it may go.
 * 7. Metrics count what was really sent.
 * 8. The log tells of it within its span, so that the line carries the trace.
 * 9. The time limit is innermost: waiting for a turn or for a token does not use it up.
 */
export const callLayers: readonly CallLayer[] = [
  traceCall,
  repeatByKind,
  renewAccess,
  payBudget,
  noteQuotas,
  traceAttempt,
  countAttempt,
  logAttempt,
  limitTime,
]
