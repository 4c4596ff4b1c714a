import type { Outcome } from '../../../core/connector/outcome.ts'
import type { Draft } from './draft.ts'
import { toOutcome } from './record-errors.ts'
import type { RowResult } from './write-rows.ts'

const unanswered: Outcome = {
  status: 'unknown',
  reason: { code: 'not_answered', message: 'Salesforce answered the request but not for this record.' },
}

/** The outcome of a row that was not written; one that the answer leaves out is not known. */
export const outcomeOf = (result: Exclude<RowResult, { readonly kind: 'written' }> | undefined): Outcome =>
  result?.kind === 'refused' ? toOutcome(result.refusal) : unanswered

/** Every draft has been settled by now; one that is not was left out of an answer. */
export const outcomeOfDraft = (draft: Draft): Outcome => draft.outcome ?? unanswered
