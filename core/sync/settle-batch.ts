import type { BoundDestination } from '../connector/connector.ts'
import type { Audience } from '../connector/destination.ts'
import type { Outcome } from '../connector/outcome.ts'
import { PlatformError, type AffluentError } from '../errors/affluent-error.ts'
import type { Clock } from '../port/clock.ts'
import type { PlanRow } from '../port/delivery-store.ts'
import { sendBatch, toReason, type BatchAnswer, type SendRecords } from './send-batch.ts'

export interface Settlement {
  readonly destination: BoundDestination
  readonly audience: Audience
  readonly operation: 'add' | 'remove'
  readonly rows: readonly PlanRow[]
  readonly send: SendRecords<PlanRow>
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** The longest delay of a platform's view of itself that is waited for before a batch is settled by reading. */
const longestViewDelayMs = 60_000

/**
 * Settles a batch that was sent and never answered. Where sending twice changes nothing, the same records are sent again: one call,
 * however long the list. Else the platform's members are read and only what is missing is sent. Where neither is possible it is
 * left for a person. What fails now stays unknown, because the first sending may have been carried out.
 */
export async function settleBatch(settlement: Settlement): Promise<BatchAnswer> {
  const { destination, rows, send } = settlement
  if (destination.capabilities.repeatable) return keepUnknown(await sendBatch(rows, send))
  if (!canRead(destination)) {
    const error = new PlatformError('platform.timed_out', { act: 'settling a batch that was never answered' })
    return { kind: 'answered', outcomes: rows.map(() => toUnknown(error)), error }
  }
  return settleByReading(settlement)
}

function canRead(destination: BoundDestination): boolean {
  const readable = destination.capabilities.readMembers === true && destination.readMembers !== undefined
  return readable && (destination.visibleAfterMs ?? 0) <= longestViewDelayMs
}

async function settleByReading(settlement: Settlement): Promise<BatchAnswer> {
  const { operation, rows, send } = settlement
  const members = await readAllMembers(settlement)
  const outcomes = rows.map((row): Outcome | undefined => {
    if (row.key === null)
      return toUnknown(new PlatformError('platform.timed_out', { act: 'settling a batch' }))
    return members.has(row.key) === (operation === 'add') ? { status: 'applied', key: row.key } : undefined
  })
  const missing = [...outcomes.entries()].flatMap(([index, outcome]) => (outcome ? [] : [index]))
  if (missing.length === 0)
    return { kind: 'answered', outcomes: outcomes.filter((outcome) => outcome !== undefined) }
  const again = await sendBatch(
    missing.flatMap((index) => rows[index] ?? []),
    send,
  )
  if (again.kind === 'lost') return again
  for (const [place, index] of missing.entries()) outcomes[index] = again.outcomes[place]
  return { ...again, outcomes: outcomes.filter((outcome) => outcome !== undefined) }
}

async function readAllMembers(settlement: Settlement): Promise<ReadonlySet<string>> {
  const { destination, audience, clock, signal } = settlement
  if (destination.visibleAfterMs !== undefined) await clock.sleep(destination.visibleAfterMs, signal)
  const members = new Set<string>()
  const pages = destination.readMembers?.(audience, signal) ?? []
  for await (const page of pages) for (const key of page) members.add(key)
  return members
}

function keepUnknown(answer: BatchAnswer): BatchAnswer {
  if (answer.kind === 'lost') return answer
  const outcomes = answer.outcomes.map((outcome): Outcome =>
    outcome.status === 'failed' ? { status: 'unknown', reason: outcome.reason } : outcome,
  )
  return { ...answer, outcomes }
}

/** The outcome of a record of which nothing is known. */
export function toUnknown(error: AffluentError): Outcome {
  return { status: 'unknown', reason: toReason(error) }
}
