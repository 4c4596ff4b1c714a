import { toAffluentError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { JsonValue } from '../../core/port/json.ts'
import type { OperationRecord, RequestStore } from '../../core/port/request-store.ts'
import type { Sealer } from '../../core/port/sealer.ts'

/** What those who follow an operation are told, numbered from 1. */
interface OperationEvent {
  readonly number: number
  readonly event: 'progress' | 'ended'
  readonly data: JsonValue
}

/** What an operation works with. */
interface OperationTools {
  readonly progress: (event: JsonValue) => void
  /** Aborts when the operation is cancelled, or the hub stops. */
  readonly signal: AbortSignal
}

/** Work that goes on after its request was answered. */
export interface Operations {
  /** Begins work and answers at once with its record. `work` answers as on the wire. */
  start(
    what: Pick<OperationRecord, 'route' | 'actor'>,
    work: (tools: OperationTools) => Promise<unknown>,
  ): Promise<OperationRecord>
  read(id: string): Promise<OperationRecord | undefined>
  list(page: Parameters<RequestStore['operations']>[0]): Promise<OperationRecord[]>
  /** The result of one that succeeded, as on the wire. */
  result(operation: OperationRecord): unknown
  /** Asks it to stop; it ends as soon as it can. False when none of this id is under way. */
  cancel(id: string): boolean
  /** Events after a number, then what comes, until it ends. Of one that ended earlier, only that. */
  follow(id: string, after: number, signal: AbortSignal): AsyncIterable<OperationEvent>
  /** Stops all and waits for them. */
  close(): Promise<void>
}

export interface OperationPorts {
  readonly store: Pick<RequestStore, 'createOperation' | 'endOperation' | 'operation' | 'operations'>
  readonly sealer: Sealer
  readonly newId: () => string
  readonly clock: Clock
}

/** Events of one operation that are kept for those who come later. */
const mostEvents = 1_000

interface UnderWay {
  readonly controller: AbortController
  readonly events: OperationEvent[]
  readonly listeners: Set<() => void>
  ended: Promise<void>
}

const placeOf = (id: string): string => `operation/${id}`

/** Carries out operations in this process, and keeps how they ended. */
export function createOperations(ports: OperationPorts): Operations {
  const underWay = new Map<string, UnderWay>()
  return {
    async start({ route, actor }, work) {
      const id = ports.newId()
      const record: OperationRecord = {
        id,
        route,
        actor,
        state: 'running',
        startedAt: ports.clock.now(),
        finishedAt: null,
        sealedResult: null,
        error: null,
      }
      await ports.store.createOperation(record)
      const mine: UnderWay = {
        controller: new AbortController(),
        events: [],
        listeners: new Set(),
        ended: Promise.resolve(),
      }
      underWay.set(id, mine)
      mine.ended = carryOut(ports, record, mine, work).finally(() => underWay.delete(id))
      return record
    },
    read: (id) => ports.store.operation(id),
    list: (page) => ports.store.operations(page),
    result: ({ id, sealedResult }) =>
      sealedResult === null ? null : JSON.parse(ports.sealer.open(sealedResult, placeOf(id))),
    cancel(id) {
      const mine = underWay.get(id)
      mine?.controller.abort()
      return mine !== undefined
    },
    async *follow(id, after, signal) {
      const mine = underWay.get(id)
      if (mine) yield* listen(mine, after, signal)
      if (signal.aborted) return
      const record = await ports.store.operation(id)
      if (record) yield { number: lastNumber(mine, after) + 1, event: 'ended', data: { state: record.state } }
    },
    async close() {
      for (const { controller } of underWay.values()) controller.abort()
      await Promise.all([...underWay.values()].map(({ ended }) => ended))
    },
  }
}

const lastNumber = (mine: UnderWay | undefined, after: number): number => mine?.events.at(-1)?.number ?? after

async function carryOut(
  { store, sealer, clock }: OperationPorts,
  { id }: OperationRecord,
  mine: UnderWay,
  work: (tools: OperationTools) => Promise<unknown>,
): Promise<void> {
  const { signal } = mine.controller
  const progress = (data: JsonValue): void => {
    mine.events.push({ number: (mine.events.at(-1)?.number ?? 0) + 1, event: 'progress', data })
    if (mine.events.length > mostEvents) mine.events.shift()
    for (const wake of mine.listeners) wake()
  }
  try {
    const result = await work({ progress, signal })
    const sealedResult = sealer.seal(JSON.stringify(result ?? null), placeOf(id))
    await store.endOperation(id, { state: 'succeeded', finishedAt: clock.now(), sealedResult, error: null })
  } catch (thrown) {
    const { code, params } = toAffluentError(thrown, 'carrying out an operation')
    const state = signal.aborted ? 'cancelled' : 'failed'
    const error = { code, params }
    await store.endOperation(id, { state, finishedAt: clock.now(), sealedResult: null, error })
  } finally {
    mine.controller.abort()
    for (const wake of mine.listeners) wake()
  }
}

/** What was told already, then what comes, until the work ends or nobody listens. */
async function* listen(
  { events, listeners, ended }: UnderWay,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<OperationEvent> {
  let told = after
  let wake: (() => void) | undefined
  const ring = (): void => wake?.()
  listeners.add(ring)
  signal.addEventListener('abort', ring)
  let isEnded = false
  void ended.finally(() => {
    isEnded = true
    ring()
  })
  try {
    for (;;) {
      const next = events.find(({ number }) => number > told)
      if (next) {
        told = next.number
        yield next
      } else if (isEnded || signal.aborted) return
      else
        await new Promise<void>((resolve) => {
          wake = resolve
          if (isEnded || signal.aborted) resolve()
        })
    }
  } finally {
    listeners.delete(ring)
    signal.removeEventListener('abort', ring)
  }
}
