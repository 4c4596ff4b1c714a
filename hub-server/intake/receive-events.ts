import { AffluentError, toAffluentError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { EventSpool, SpooledCall } from '../../core/port/event-spool.ts'
import type { Logger } from '../../core/port/logger.ts'
import { silentTelemetry, type Telemetry } from '../../core/port/telemetry.ts'
import type { EventMessage, ReceiveEvents } from '../http/event-routes.ts'
import { commitTogether } from '../inbox/commit-together.ts'
import type { FindSource } from './key-ring.ts'

/**
 * Bytes of calls that may wait for the warehouse. Beyond it clients are asked to wait: two hours of 500 events a second, and what a disk
 * can spare.
 */
const mostWaitingBytes = 2 * 1024 ** 3

/** Bytes of calls that wait for one flush to the disk: a burst must not fill memory. */
const mostUnkeptBytes = 64 * 1024 ** 2

export interface EventReceiverOptions {
  readonly findSource: FindSource
  readonly spool: Pick<EventSpool, 'keep' | 'waitingBytes'>
  /** Told when calls wait that did not before. */
  readonly onKept: () => void
  readonly clock: Clock
  readonly logger: Logger
  /** Told how calls fare. Default: nobody is told. */
  readonly telemetry?: Telemetry
  /** False while the disk has too little room left. Default: always true. */
  readonly mayKeep?: () => boolean
  readonly limits?: { readonly waitingBytes?: number; readonly unkeptBytes?: number }
}

/**
 * Takes calls of clients: checks the key, keeps the bytes durably, and only then lets them be acknowledged. What is in them is read when
 * they are drained, so that one bad event costs its neighbours nothing. Throws `intake.*` and nothing else: a client gives a batch up
 * for good on every status but 429 and those from 500.
 */
export function createEventReceiver(options: EventReceiverOptions): ReceiveEvents {
  const {
    findSource,
    spool,
    onKept,
    clock,
    logger,
    telemetry = silentTelemetry,
    mayKeep = () => true,
  } = options
  const { waitingBytes = mostWaitingBytes, unkeptBytes = mostUnkeptBytes } = options.limits ?? {}
  const keep = commitTogether((calls: readonly SpooledCall[]) => Promise.try(() => spool.keep(calls)))
  let unkept = 0

  async function knownSource(key: string | undefined): Promise<string> {
    const source = key === undefined || key === '' ? undefined : await findSource(key)
    if (source === undefined) throw new AffluentError('intake.key_unknown')
    return source
  }

  async function receive(message: EventMessage): Promise<void> {
    const { route, retries, body } = message
    // An unknown key in a header is refused before its body is looked into.
    const early = message.key === undefined ? undefined : await knownSource(message.key)
    const written = readWriteKey(body)
    const source = early ?? (await knownSource(written))
    const size = body.byteLength
    if (unkept + size > unkeptBytes || spool.waitingBytes() + unkept + size > waitingBytes)
      throw new AffluentError('intake.overloaded')
    if (!mayKeep()) throw new AffluentError('store.space_low', { act: 'keeping events' })
    unkept += size
    try {
      await keep([{ route, source, retries, body, receivedAt: clock.now() }])
    } finally {
      unkept -= size
    }
    onKept()
  }

  return async (message) => {
    try {
      const startedAt = performance.now()
      await receive(message)
      telemetry.count('ingest_calls', { result: 'accepted' })
      telemetry.observe('store', { store: 'events' }, (performance.now() - startedAt) / 1000)
    } catch (thrown) {
      const error = toAffluentError(thrown, 'taking events')
      telemetry.count('ingest_calls', { result: error.code })
      if (error.code.startsWith('intake.')) throw error
      logger.error('events_refused', { code: error.code })
      throw new AffluentError('intake.unavailable', {}, { cause: thrown })
    }
  }
}

const text = new TextDecoder('utf-8', { fatal: true })

/** Parses the body, which must be JSON in UTF-8 (RFC 8259, 8.1), and gives the key that it names. Throws `intake.unreadable`. */
function readWriteKey(body: Uint8Array): string | undefined {
  const parsed = parse(body)
  if (typeof parsed !== 'object' || parsed === null) throw new AffluentError('intake.unreadable')
  return 'writeKey' in parsed && typeof parsed.writeKey === 'string' ? parsed.writeKey : undefined
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(text.decode(body))
  } catch (error) {
    throw new AffluentError('intake.unreadable', {}, { cause: error })
  }
}
