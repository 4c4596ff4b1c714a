import { Agent, setGlobalDispatcher, type Dispatcher } from 'undici'
import { silentTelemetry, type Telemetry } from '../../core/port/telemetry.ts'
import { createGuardedConnector, type ConnectGuard } from './guarded-connector.ts'
import { wireLayers } from './wire-layers.ts'

/** Bounds of every answer from outside. A platform's page is far below; anything above is a fault or an attack. */
const answerLimits = {
  headersTimeoutMs: 60_000,
  bodyTimeoutMs: 60_000,
  maxBytes: 64 * 1024 * 1024,
  maxHeaderBytes: 64 * 1024,
} as const

export interface GuardOptions extends ConnectGuard {
  /** Default: nobody is told. */
  readonly telemetry?: Telemetry
}

/** One guarded way out: `wireLayers` around an agent with limits of time and size, whose connector judges each address. */
export function createGuardedDispatcher({ telemetry = silentTelemetry, ...guard }: GuardOptions): Dispatcher {
  const agent = new Agent({
    connect: createGuardedConnector(guard),
    headersTimeout: answerLimits.headersTimeoutMs,
    bodyTimeout: answerLimits.bodyTimeoutMs,
    maxResponseSize: answerLimits.maxBytes,
    maxHeaderSize: answerLimits.maxHeaderBytes,
  })
  // `compose` puts each of its arguments around those before it.
  return agent.compose(wireLayers.map((layer) => layer({ telemetry })).toReversed())
}

/**
 * Makes every `fetch` of the process go through one guarded dispatcher. It is set globally because SDKs call the global `fetch` and cannot be
 * handed another.
 */
export function installGuardedDispatcher(options: GuardOptions): void {
  setGlobalDispatcher(createGuardedDispatcher(options))
}
