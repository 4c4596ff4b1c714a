import { CustomAudience } from 'facebook-nodejs-business-sdk'
import type { WriteRequest } from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { audienceBudgetOf } from '../budgets.ts'
import { callMeta, type MetaContext } from '../client.ts'
import { audienceTooSmall } from '../error-table.ts'
import { uploadAnswer, type UploadAnswer } from '../invalid-entries.ts'
import { valueSetting } from '../lookalike-value.ts'
import { toSessionId, type UploadSession } from '../upload-session.ts'
import { prepareUsers, toUserPayload } from '../user-payload.ts'
import { toUserRequests, type UserRequest } from '../user-requests.ts'
import { rejection, reportUnusable, settleUpload } from './settle-upload.ts'

type Operation = 'add' | 'remove'

/** Adds to or removes from an audience, in requests of 10,000 rows under one session. One outcome per record, in order. */
export async function writeUsers(
  context: MetaContext,
  request: WriteRequest,
  operation: Operation,
): Promise<readonly Outcome[]> {
  request.signal.throwIfAborted()
  const isValueBased = operation === 'add' && request.settings?.[valueSetting] === true
  const { matchable, rejected, unusable } = await prepareUsers(request.records, { needsValue: isValueBased })
  reportUnusable(context, unusable)
  const requests = toUserRequests(matchable, context.config.limited_data_use)
  const upload = { at: context.clock.now(), audience: request.audience.externalId, operation }
  const sessionId = toSessionId(
    upload,
    matchable.map(({ person }) => person),
  )
  const outcomes: Outcome[] = request.records.map((_, index) => rejection(rejected.get(index)))
  for (const [place, each] of requests.entries()) {
    const session: UploadSession = {
      session_id: sessionId,
      batch_seq: place + 1,
      last_batch_flag: place === requests.length - 1,
      estimated_num_total: matchable.length,
    }
    const settled = await sendPart(context, request, { operation, session, isValueBased, request: each })
    for (const [row, { index }] of each.rows.entries()) outcomes[index] = settled[row] ?? rejection()
  }
  return outcomes
}

interface Part {
  readonly operation: Operation
  readonly session: UploadSession
  readonly isValueBased: boolean
  readonly request: UserRequest
}

async function sendPart(context: MetaContext, write: WriteRequest, part: Part): Promise<readonly Outcome[]> {
  try {
    const answer = await upload(context, write, part)
    const { outcomes, untold } = settleUpload(context, part.operation, part.request, answer)
    for (const each of untold) write.noteUntold?.(each)
    return outcomes
  } catch (error) {
    if (!isTooSmall(error)) throw error
    // Known state, not an endless retry: Meta refuses to shrink the audience further (facebook-java-business-sdk#129).
    const message =
      'Meta refuses the removal: the audience would become too small. Delete the audience, or add people first.'
    return part.request.rows.map(() => rejection({ code: 'audience_too_small', message }))
  }
}

const isTooSmall = (error: unknown): boolean =>
  error instanceof PlatformError && error.params['meta_subcode'] === audienceTooSmall

async function upload(context: MetaContext, write: WriteRequest, part: Part): Promise<UploadAnswer> {
  const { operation, session, isValueBased, request } = part
  const payload = await toUserPayload(
    request.rows.map(({ person }) => person),
    { limitedDataUse: request.limitedDataUse, withValue: isValueBased },
  )
  // The SDK's deleteUsers puts the rows into the address, which a few hundred rows make too long (…business-sdk#56).
  const method = operation === 'remove' ? { method: 'DELETE' } : {}
  return callMeta(context, {
    act:
      operation === 'add' ? 'adding people to a custom audience' : 'removing people from a custom audience',
    budget: audienceBudgetOf(context.config),
    timeoutMs: 120_000,
    signal: write.signal,
    answer: uploadAnswer,
    send: (api) =>
      new CustomAudience(write.audience.externalId, {}, undefined, api).createUser([], {
        ...method,
        payload,
        session,
      }),
  })
}
