import type { Outcome, UntoldReject } from '../../../core/connector/outcome.ts'
import type { MetaContext } from '../client.ts'
import { findInvalidEntries, type UploadAnswer } from '../invalid-entries.ts'
import type { UserRequest } from '../user-requests.ts'

/** What became of the rows of one request. */
export interface SettledUpload {
  /** One per row, in order. */
  readonly outcomes: readonly Outcome[]
  /** What Meta counted as invalid without showing it. */
  readonly untold: readonly UntoldReject[]
}

/** A rejected record. */
export const rejection = (
  reason = { code: 'not_sent', message: 'The record was not part of any request.' },
): Outcome => ({ status: 'rejected', reason })

/** Reads the outcome of each row out of Meta's counts and samples; says in the log what cannot be tied to a row. */
export function settleUpload(
  context: MetaContext,
  operation: string,
  { rows }: UserRequest,
  answer: UploadAnswer,
): SettledUpload {
  if (answer.num_received === 0) {
    const message = 'Meta answered that it received none of the rows.'
    return {
      outcomes: rows.map(() => ({ status: 'failed', reason: { code: 'not_received', message } })),
      untold: [],
    }
  }
  const persons = rows.map(({ person }) => person)
  const { rows: invalid, untold } = findInvalidEntries(answer, persons)
  const count = untold + Math.max(0, rows.length - answer.num_received)
  const message = 'Meta counts the row as an invalid entry.'
  const outcomes = rows.map((_, row): Outcome =>
    invalid.has(row) ? rejection({ code: 'invalid_entry', message }) : { status: 'applied' },
  )
  if (count === 0) return { outcomes, untold: [] }
  const { connection, logger } = context
  logger.warn('meta_invalid_entries_untold', { connection, operation, rows: rows.length, untold: count })
  const reason = { code: 'invalid_entry', message: 'Meta counted entries as invalid without saying which.' }
  return { outcomes, untold: [{ reason, count }] }
}

/** Says in the log how many values of each field were left out because they are of no use. */
export function reportUnusable(context: MetaContext, unusable: Readonly<Record<string, number>>): void {
  for (const [field, values] of Object.entries(unusable))
    context.logger.warn('meta_values_left_out', { connection: context.connection, field, values })
}
