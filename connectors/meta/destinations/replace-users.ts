import { CustomAudience } from 'facebook-nodejs-business-sdk'
import { z } from 'zod'
import type { ReplacedPart, ReplaceRequest } from '../../../core/connector/destination.ts'
import type { Outcome, UntoldReject } from '../../../core/connector/outcome.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { audienceBudgetOf } from '../budgets.ts'
import { callMeta, type MetaContext } from '../client.ts'
import { sessionFinished } from '../error-table.ts'
import { uploadAnswer, type UploadAnswer } from '../invalid-entries.ts'
import { valueSetting } from '../lookalike-value.ts'
import { toExchangeId, type UploadSession } from '../upload-session.ts'
import { prepareUsers, toUserPayload, type PreparedUsers } from '../user-payload.ts'
import { toUserRequests, type UserRequest } from '../user-requests.ts'
import { rejection, reportUnusable, settleUpload } from './settle-upload.ts'

const act = 'exchanging the members of a custom audience'

/** Where an exchange stands: the number of the last request that Meta took. */
const stateShape = z.object({ sequence: z.int().min(1) }).nullable()

/** A part of the exchange, ready to be sent. */
interface ReadyPart extends Pick<PreparedUsers, 'rejected'> {
  readonly records: number
  readonly requests: readonly UserRequest[]
}

/**
 * Exchanges all members by `usersreplace`: the audience keeps its id, and ad sets that use it do not begin to learn anew. All requests
 * bear one session of at most 90 minutes; the last one is marked, so a part is held back until it is known whether another follows.
 * Throws `platform.session_lost` when Meta gave the session up.
 */
export async function* replaceUsers(
  context: MetaContext,
  exchange: ReplaceRequest,
): AsyncGenerator<ReplacedPart> {
  const { signal, parts, state, settings } = exchange
  signal.throwIfAborted()
  const session = {
    id: toExchangeId({ audience: exchange.audience.externalId, session: exchange.session }),
    sequence: stateShape.parse(state)?.sequence ?? 0,
  }
  const isValueBased = settings?.[valueSetting] === true
  const sender = { context, exchange, isValueBased, session }
  let waiting: ReadyPart[] = []
  for await (const records of parts) {
    const { unusable, matchable, rejected } = await prepareUsers(records, { needsValue: isValueBased })
    reportUnusable(context, unusable)
    const requests = toUserRequests(matchable, context.config.limited_data_use)
    const ready = { records: records.length, rejected, requests }
    if (requests.length > 0) {
      for (const part of waiting) yield await sendPart(sender, part, false)
      waiting = []
    }
    waiting.push(ready)
  }
  if (session.sequence === 0 && waiting.every(({ requests }) => requests.length === 0)) throw nobody()
  for (const part of waiting) yield await sendPart(sender, part, true)
}

interface Sender {
  readonly context: MetaContext
  readonly exchange: ReplaceRequest
  readonly isValueBased: boolean
  readonly session: { readonly id: number; sequence: number }
}

/** Of the parts that wait, only the first has requests. */
async function sendPart(sender: Sender, part: ReadyPart, isLast: boolean): Promise<ReplacedPart> {
  const { context, session } = sender
  const outcomes: Outcome[] = Array.from({ length: part.records }, (_, index) =>
    rejection(part.rejected.get(index)),
  )
  const untold: UntoldReject[] = []
  for (const [place, request] of part.requests.entries()) {
    session.sequence += 1
    const isEnd = isLast && place === part.requests.length - 1
    const answer = await upload(sender, request, isEnd)
    const settled = settleUpload(context, 'replace', request, answer)
    for (const [row, { index }] of request.rows.entries())
      outcomes[index] = settled.outcomes[row] ?? rejection()
    untold.push(...settled.untold)
  }
  return { outcomes, untold, state: session.sequence === 0 ? null : { sequence: session.sequence } }
}

async function upload(sender: Sender, request: UserRequest, isEnd: boolean): Promise<UploadAnswer> {
  const { context, exchange, isValueBased } = sender
  const { id, sequence } = sender.session
  const session: UploadSession = {
    session_id: id,
    batch_seq: sequence,
    last_batch_flag: isEnd,
    estimated_num_total: exchange.total,
  }
  const payload = await toUserPayload(
    request.rows.map(({ person }) => person),
    { limitedDataUse: request.limitedDataUse, withValue: isValueBased },
  )
  try {
    return await callMeta(context, {
      act,
      budget: audienceBudgetOf(context.config),
      // The first request opens the session, which can be done once; the others may come again under their number.
      repeatable: sequence > 1,
      timeoutMs: 120_000,
      signal: exchange.signal,
      answer: uploadAnswer,
      send: (api) =>
        new CustomAudience(exchange.audience.externalId, {}, undefined, api).createUsersReplace([], {
          payload,
          session,
        }),
    })
  } catch (error) {
    if (isEnd && sequence > 1 && isFinished(error)) return takenBefore(request)
    throw error
  }
}

const isFinished = (error: unknown): boolean =>
  error instanceof PlatformError && error.params['meta_subcode'] === sessionFinished

/** The answer to the last request was lost, and repeating it found the session at its end: Meta had taken it. */
const takenBefore = ({ rows }: UserRequest): UploadAnswer => ({
  num_received: rows.length,
  num_invalid_entries: 0,
})

function nobody(): PlatformError {
  return new PlatformError('platform.invalid_request', {
    act,
    said: 'none of the members can be matched, and an audience cannot be exchanged for nobody',
    remedy: 'See the reasons of the rejected records, and map a field that they have.',
  })
}
