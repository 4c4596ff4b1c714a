import { CustomAudience } from 'facebook-nodejs-business-sdk'
import type { WriteRequest } from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { audienceBudgetOf } from '../budgets.ts'
import { callMeta, type MetaContext } from '../client.ts'
import { audienceTooSmall } from '../error-table.ts'
import { findInvalidEntries, uploadAnswer, type UploadAnswer } from '../invalid-entries.ts'
import type { PersonCells } from '../person-cells.ts'
import { toSessionId, type UploadSession } from '../upload-session.ts'
import { prepareUsers, rowsPerRequest, toUserPayload } from '../user-payload.ts'

type Operation = 'add' | 'remove'

/** Adds to or removes from an audience, in requests of 10,000 rows under one session. One outcome per record, in order. */
export async function writeUsers(
  context: MetaContext,
  request: WriteRequest,
  operation: Operation,
): Promise<readonly Outcome[]> {
  request.signal.throwIfAborted()
  const { matchable, rejected, unusable } = prepareUsers(request.records)
  reportUnusable(context, unusable)
  const persons = matchable.map(({ person }) => person)
  const written = await sendAll(context, request, operation, persons)
  const outcomes: Outcome[] = request.records.map((_, index) => rejection(rejected.get(index)))
  for (const [row, { index }] of matchable.entries()) outcomes[index] = written[row] ?? rejection()
  return outcomes
}

const rejection = (
  reason = { code: 'not_sent', message: 'The record was not part of any request.' },
): Outcome => ({ status: 'rejected', reason })

async function sendAll(
  context: MetaContext,
  request: WriteRequest,
  operation: Operation,
  persons: readonly PersonCells[],
): Promise<readonly Outcome[]> {
  const upload = { at: context.clock.now(), audience: request.audience.externalId, operation }
  const sessionId = toSessionId(upload, persons)
  const outcomes: Outcome[] = []
  for (let from = 0; from < persons.length; from += rowsPerRequest) {
    const session: UploadSession = {
      session_id: sessionId,
      batch_seq: from / rowsPerRequest + 1,
      last_batch_flag: from + rowsPerRequest >= persons.length,
      estimated_num_total: persons.length,
    }
    const part = persons.slice(from, from + rowsPerRequest)
    outcomes.push(...(await sendPart(context, request, { operation, session, persons: part })))
  }
  return outcomes
}

interface Part {
  readonly operation: Operation
  readonly session: UploadSession
  readonly persons: readonly PersonCells[]
}

async function sendPart(
  context: MetaContext,
  request: WriteRequest,
  part: Part,
): Promise<readonly Outcome[]> {
  try {
    return settle(context, request, await upload(context, request, part), part)
  } catch (error) {
    if (!isTooSmall(error)) throw error
    // Known state, not an endless retry: Meta refuses to shrink the audience further (facebook-java-business-sdk#129).
    const message = 'Meta refuses the removal: the audience would become too small.'
    return part.persons.map(() => rejection({ code: 'audience_too_small', message }))
  }
}

const isTooSmall = (error: unknown): boolean =>
  error instanceof PlatformError && error.params['meta_subcode'] === audienceTooSmall

function upload(context: MetaContext, request: WriteRequest, part: Part): Promise<UploadAnswer> {
  const { operation, session, persons } = part
  const payload = toUserPayload(persons, context.config.limited_data_use)
  // The SDK's deleteUsers puts the rows into the address, which a few hundred rows make too long (…business-sdk#56).
  const method = operation === 'remove' ? { method: 'DELETE' } : {}
  return callMeta(context, {
    act:
      operation === 'add' ? 'adding people to a custom audience' : 'removing people from a custom audience',
    budget: audienceBudgetOf(context.config),
    timeoutMs: 120_000,
    signal: request.signal,
    answer: uploadAnswer,
    send: (api) =>
      new CustomAudience(request.audience.externalId, {}, undefined, api).createUser([], {
        ...method,
        payload,
        session,
      }),
  })
}

function settle(
  context: MetaContext,
  request: WriteRequest,
  answer: UploadAnswer,
  part: Part,
): readonly Outcome[] {
  const { persons } = part
  if (answer.num_received === 0) {
    const message = 'Meta answered that it received none of the rows.'
    return persons.map(() => ({ status: 'failed', reason: { code: 'not_received', message } }))
  }
  const { rows, untold } = findInvalidEntries(answer, persons)
  const untoldRows = untold + Math.max(0, persons.length - answer.num_received)
  if (untoldRows > 0) {
    context.logger.warn('meta_invalid_entries_untold', {
      connection: context.connection,
      operation: part.operation,
      rows: persons.length,
      untold: untoldRows,
    })
    const message = 'Meta counted entries as invalid without saying which.'
    request.noteUntold?.({ reason: { code: 'invalid_entry', message }, count: untoldRows })
  }
  const message = 'Meta counts the row as an invalid entry.'
  return persons.map((_, row) =>
    rows.has(row) ? rejection({ code: 'invalid_entry', message }) : { status: 'applied' },
  )
}

function reportUnusable(context: MetaContext, unusable: Readonly<Record<string, number>>): void {
  for (const [field, values] of Object.entries(unusable))
    context.logger.warn('meta_values_left_out', { connection: context.connection, field, values })
}
