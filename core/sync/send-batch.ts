import type { Outcome, Reason } from '../connector/outcome.ts'
import { AffluentError, PlatformError, toAffluentError } from '../errors/affluent-error.ts'

/** Hands records to the platform and returns one outcome for each. */
export type SendRecords<Item> = (records: readonly Item[]) => Promise<readonly Outcome[]>

/**
 * What became of a batch. `answered`: one outcome for each record; `error` is set when it must not go on like this.
 * `lost`: it was sent and no answer came, so nothing is known of any record.
 */
export type BatchAnswer =
  | { readonly kind: 'answered'; readonly outcomes: readonly Outcome[]; readonly error?: AffluentError }
  | { readonly kind: 'lost'; readonly error: AffluentError }

interface Isolation<Item> {
  readonly records: readonly Item[]
  readonly send: SendRecords<Item>
  readonly outcomes: (Outcome | undefined)[]
  callsLeft: number
  /** Calls refused since the last one that got through. */
  refusedInARow: number
  /** What ended the search early. */
  stop: AffluentError | undefined
}

/**
 * Sends a batch. When the platform refuses it as a whole because of some record, it is halved until the culprit stands alone and is
 * set aside with the platform's words; all others are delivered. One culprit among n costs at most 2·log2 n + 1 calls.
 */
export async function sendBatch<Item>(
  records: readonly Item[],
  send: SendRecords<Item>,
): Promise<BatchAnswer> {
  const state: Isolation<Item> = {
    records,
    send,
    outcomes: Array.from({ length: records.length }),
    // About twenty culprits; a batch with more is refused for another reason than its records.
    callsLeft: 20 * (Math.ceil(Math.log2(records.length + 1)) + 1),
    refusedInARow: 0,
    stop: undefined,
  }
  const error = await attempt(state, 0, records.length)
  if (error === undefined) return { kind: 'answered', outcomes: toOutcomes(state, undefined) }
  if (isLostAnswer(error)) return { kind: 'lost', error }
  const alone = records.length === 1 && error.rule.reaction === 'retry'
  if (alone || !canIsolate(error)) return { kind: 'answered', outcomes: toOutcomes(state, error), error }
  await isolate(state, 0, records.length, error)
  const { stop } = state
  return { kind: 'answered', outcomes: toOutcomes(state, stop), ...(stop && { error: stop }) }
}

/**
 * True when the request may have been carried out although its answer never came, or could not be read. A refusal that the platform
 * spoke has no cause; a connection that broke carries the network's error. What is thrown in our own code may have been sent too.
 */
function isLostAnswer(error: AffluentError): boolean {
  if (!(error instanceof PlatformError)) return true
  if (error.code === 'platform.transient') return error.cause !== undefined
  return lostCodes.some((code) => code === error.code)
}

const lostCodes = ['platform.timed_out', 'platform.unreadable_answer', 'platform.answer_too_large'] as const

const canIsolate = (error: AffluentError): boolean =>
  error.rule.reaction === 'bisect' || error.rule.reaction === 'retry'

/** A whole, its halves and the quarters of one: when none of them gets through, the platform is at fault and not a record. */
const refusalsThatMeanOutage = 5

/** Sends records `from` to `to`. Returns the error, or undefined when each has its outcome. */
async function attempt<Item>(
  state: Isolation<Item>,
  from: number,
  to: number,
): Promise<AffluentError | undefined> {
  state.callsLeft -= 1
  state.refusedInARow += 1
  try {
    const outcomes = await state.send(state.records.slice(from, to))
    if (outcomes.length !== to - from) {
      throw new AffluentError('connector.outcome_count', {
        act: 'sending a batch',
        expected: to - from,
        got: outcomes.length,
      })
    }
    state.outcomes.splice(from, to - from, ...outcomes)
    state.refusedInARow = 0
    return undefined
  } catch (thrown) {
    return toAffluentError(thrown, 'sending a batch')
  }
}

/** Records `from` to `to` are refused as a whole with `error`: halves them. */
async function isolate<Item>(
  state: Isolation<Item>,
  from: number,
  to: number,
  error: AffluentError,
): Promise<void> {
  if (state.stop) return
  if (to - from === 1) {
    state.outcomes[from] = { status: 'rejected', reason: toReason(error) }
    return
  }
  const middle = from + Math.floor((to - from) / 2)
  const left = await attemptPart(state, from, middle)
  // With the left accepted the culprit is on the right: its whole is not tried again, only its parts.
  const blamed = left === undefined && to - middle > 1 && error.code !== 'platform.request_too_large'
  const right = blamed ? error : await attemptPart(state, middle, to)
  if (left !== undefined) await isolate(state, from, middle, left)
  if (right !== undefined) await isolate(state, middle, to, right)
}

/** Tries a part of a refused batch. An error that no record can be blamed for ends the search. */
async function attemptPart<Item>(
  state: Isolation<Item>,
  from: number,
  to: number,
): Promise<AffluentError | undefined> {
  if (state.stop) return state.stop
  const error = await attempt(state, from, to)
  if (error === undefined) return undefined
  const lost = isLostAnswer(error)
  if (lost) markUnknown(state, from, to, error)
  const outage = error.rule.reaction === 'retry' && state.refusedInARow >= refusalsThatMeanOutage
  if (lost || outage || state.callsLeft <= 0 || !canIsolate(error)) state.stop = error
  return error
}

function markUnknown<Item>(state: Isolation<Item>, from: number, to: number, error: AffluentError): void {
  for (let index = from; index < to; index += 1) {
    state.outcomes[index] = { status: 'unknown', reason: toReason(error) }
  }
}

/** Gives what has no outcome yet the state "not applied, may be tried again". */
function toOutcomes<Item>(state: Isolation<Item>, error: AffluentError | undefined): Outcome[] {
  const missing: Outcome[] = error ? [{ status: 'failed', reason: toReason(error) }] : []
  return state.outcomes.flatMap((outcome) => outcome ?? missing)
}

/** The reason that an error of a whole batch leaves on each of its records: stable code, and the platform's own words. */
export function toReason(error: AffluentError): Reason {
  const { said, act } = error.params
  return { code: error.code.replace(/^.*\./, ''), message: String(said ?? act ?? error.code) }
}
