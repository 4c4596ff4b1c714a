import type { BoundDestination, ErasureOutcome, PersonToErase } from './connector.ts'
import type {
  DestinationRecord,
  ReplacedPart,
  ReplaceRequest,
  TakenRecords,
  WriteRequest,
} from './destination.ts'
import { createHider, hideInError, type HideValues } from './hide-values.ts'
import type { JobState, Reason } from './outcome.ts'

const instead = '[value]'

type Fields = Readonly<Record<string, unknown>>

/** Every text and number of a value, of lists and objects too. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value.trim()]
  if (typeof value === 'number') return [String(value)]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}

const hiderOf = (sent: readonly Fields[]): HideValues => createHider(sent.flatMap(textsOf), instead)

const hiderOfRecords = (records: readonly DestinationRecord[]): HideValues =>
  hiderOf(records.map(({ fields }) => fields))

/**
 * A destination whose errors and reasons do not repeat what was sent of people, whatever the platform says: they are kept with the run and shown to
 * those who may not see people.
 */
export function hideSent(destination: BoundDestination): BoundDestination {
  const { add, remove, validate, replace, readJob } = destination
  return {
    ...destination,
    add: (request) => write(add, request),
    remove: remove && ((request) => write(remove, request)),
    validate:
      validate &&
      (async (request) => {
        const refused = await hidingErrors(request.records, () => validate(request))
        return hideReasons(refused, ({ index }) => request.records[index])
      }),
    replace: replace && ((request) => exchange(replace, request)),
    readJob: readJob && ((job, taken) => follow((seen) => readJob(job, seen), taken)),
  }
}

/** The same for the erasure of a person. */
export async function hideErased(
  person: PersonToErase,
  erase: () => Promise<ErasureOutcome>,
): Promise<ErasureOutcome> {
  const hide = createHider([...person.keys, ...person.sent.flatMap(textsOf)], instead)
  try {
    const outcome = await erase()
    return { ...outcome, message: hide(outcome.message) }
  } catch (thrown) {
    throw hideInError(thrown, hide)
  }
}

async function hidingErrors<Result>(
  records: readonly DestinationRecord[],
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (thrown) {
    throw hideInError(thrown, hiderOfRecords(records))
  }
}

async function write(
  send: BoundDestination['add'],
  request: WriteRequest,
): ReturnType<BoundDestination['add']> {
  const { records, noteUntold } = request
  const noting = noteUntold && {
    noteUntold: (untold: Parameters<typeof noteUntold>[0]) =>
      noteUntold({ ...untold, reason: hideReason(untold.reason, hiderOfRecords(records)) }),
  }
  const outcomes = await hidingErrors(records, () => send({ ...request, ...noting }))
  return hideReasons(outcomes, (_, index) => records[index])
}

const hideReason = (reason: Reason, hide: HideValues): Reason => ({
  ...reason,
  message: hide(reason.message),
})

/** Each reason without the values of its own record; of what has no reason nothing is copied. */
function hideReasons<Told extends object>(
  told: readonly Told[],
  recordOf: (one: Told, index: number) => DestinationRecord | undefined,
): readonly Told[] {
  return told.map((one, index) => {
    const record = 'reason' in one ? recordOf(one, index) : undefined
    return record && hasReason(one)
      ? { ...one, reason: hideReason(one.reason, hiderOf([record.fields])) }
      : one
  })
}

function hasReason<Told extends object>(one: Told): one is Told & { readonly reason: Reason } {
  return 'reason' in one && typeof one.reason === 'object'
}

async function* exchange(
  replace: NonNullable<BoundDestination['replace']>,
  request: ReplaceRequest,
): AsyncIterable<ReplacedPart> {
  const waiting: (readonly DestinationRecord[])[] = []
  async function* remember(): AsyncIterable<readonly DestinationRecord[]> {
    for await (const part of request.parts) {
      waiting.push(part)
      yield part
    }
  }
  try {
    for await (const part of replace({ ...request, parts: remember() })) {
      const records = waiting.shift() ?? []
      const untold = part.untold?.map((one) => ({
        ...one,
        reason: hideReason(one.reason, hiderOfRecords(records)),
      }))
      yield {
        ...part,
        outcomes: hideReasons(part.outcomes, (_, index) => records[index]),
        ...(untold && { untold }),
      }
    }
  } catch (thrown) {
    throw hideInError(thrown, hiderOfRecords(waiting.flat()))
  }
}

/** What a job says is hidden where its records were read for it; a connector that does not read them speaks of none. */
async function follow(
  readJob: (taken: TakenRecords | undefined) => Promise<JobState>,
  taken: TakenRecords | undefined,
): Promise<JobState> {
  let records: readonly DestinationRecord[] = []
  const seen = taken && {
    ...taken,
    read: async () => {
      records = await taken.read()
      return records
    },
  }
  try {
    return hideInState(await readJob(seen), records)
  } catch (thrown) {
    throw hideInError(thrown, hiderOfRecords(records))
  }
}

function hideInState(state: JobState, records: readonly DestinationRecord[]): JobState {
  if (state.status === 'processing') return state
  const hide = hiderOfRecords(records)
  if (state.status === 'failed') return { ...state, reason: hideReason(state.reason, hide) }
  return {
    ...state,
    rejected: state.rejected.map((one) => ({ ...one, reason: hideReason(one.reason, hide) })),
    ...(state.outcomes && { outcomes: hideReasons(state.outcomes, (_, index) => records[index]) }),
  }
}
