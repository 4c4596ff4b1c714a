import { fetch } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startSandboxServer } from '../../../connectors/sandbox-kit/sandbox-server.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { Telemetry } from '../../../core/port/telemetry.ts'
import { silentTelemetry } from '../../../core/port/telemetry.ts'
import type { PlatformCallerOptions } from '../../../hub-server/net/call/call-layer.ts'
import { callLayers } from '../../../hub-server/net/call/call-layers.ts'
import { createGuardedDispatcher } from '../../../hub-server/net/guarded-dispatcher.ts'
import { createPlatformCaller } from '../../../hub-server/net/platform-caller.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { loopbackNetwork } from '../../support/loopback-network.ts'

/** Writes down what it is told, in order. */
function createTelling(told: string[]): Telemetry {
  return {
    ...silentTelemetry,
    async trace(name, { attempt }, work) {
      const label = attempt === undefined ? name : `${name} ${String(attempt)}`
      told.push(`${label} begins`)
      try {
        return await work({ note: () => undefined, fail: (code) => told.push(`${label} fails: ${code}`) })
      } finally {
        told.push(`${label} ends`)
      }
    },
    outgoingHeaders: () => ({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }),
    count: (name, labels) => told.push(`${name} ${JSON.stringify(labels)}`),
    observe: (name) => told.push(name),
  }
}

/** What one attempt tells. */
const request = (attempt: number, status: number, code: string) => [
  `platform request ${attempt} begins`,
  `log platform_called ${status}`,
  `platform_requests ${JSON.stringify({ connector: 'example', status_class: `${Math.floor(status / 100)}xx`, outcome: code })}`,
  'platform_request',
  ...(code === 'ok' ? [] : [`platform request ${attempt} fails: ${code}`]),
  `platform request ${attempt} ends`,
]

describe('the layers of a call', () => {
  it('stand in one place, in this order', () => {
    expect(callLayers.map(({ name }) => name)).toEqual([
      'traceCall',
      'repeatByKind',
      'renewAccess',
      'payBudget',
      'noteQuotas',
      'traceAttempt',
      'countAttempt',
      'logAttempt',
      'limitTime',
    ])
  })

  it('tell each attempt with its outcome: a renewed token, a passing fault, an answer', async () => {
    const told: string[] = []
    const statuses = [401, 503, 200]
    const server = await startSandboxServer({
      clock: createFixedClock(0),
      routes: [
        {
          method: 'GET',
          pattern: /^\/thing$/,
          answer: () => ({ status: statuses.shift() ?? 500, body: {} }),
        },
      ],
    })
    onTestFinished(() => server.close())
    const telemetry = createTelling(told)
    const dispatcher = createGuardedDispatcher({ networks: loopbackNetwork, telemetry })
    onTestFinished(() => dispatcher.close())
    const credentials: PlatformCallerOptions['credentials'] = {
      track: (usage, work) => {
        usage.token = 'old'
        return work()
      },
      renew: (token) => {
        told.push(`renewed ${token}`)
        return Promise.resolve(true)
      },
    }
    const call = createPlatformCaller({
      connection: 'shop',
      connector: 'example',
      budgets: [{ name: 'burst', scope: 'account', limit: 1000, windowMs: 1000, source: 'test' }],
      clock: createFixedClock(0, { autoAdvance: true }),
      random: () => 0.5,
      logger: {
        debug: (event, fields) => told.push(`log ${event} ${String(fields?.['status'])}`),
        info: () => undefined,
        warn: (event) => told.push(`log ${event}`),
        error: () => undefined,
      },
      telemetry,
      credentials,
      signal: new AbortController().signal,
    })
    await call({
      act: 'reading a thing',
      budget: 'burst',
      repeatable: true,
      async send(signal) {
        const { status, headers } = await fetch(`${server.url}/thing`, { signal, dispatcher })
        return { status, headers: Object.fromEntries(headers), body: {} }
      },
      classify({ status }) {
        if (status === 200) return undefined
        const code = status === 401 ? 'platform.auth_expired' : 'platform.transient'
        return new PlatformError(code, { act: 'reading a thing' })
      },
    })
    expect(told).toEqual([
      'platform call begins',
      ...request(1, 401, 'platform.auth_expired'),
      'renewed old',
      ...request(1, 503, 'platform.transient'),
      'log platform_call_retried',
      'platform_wait',
      ...request(2, 200, 'ok'),
      'platform call ends',
    ])
  })

  it('carry the trace in every request, beside the headers that were given', async () => {
    const seen: Readonly<Record<string, string>>[] = []
    const server = await startSandboxServer({
      clock: createFixedClock(0),
      routes: [
        {
          method: 'GET',
          pattern: /^\/$/,
          answer: ({ headers }) => {
            seen.push(headers)
            return { status: 200, body: {} }
          },
        },
      ],
    })
    onTestFinished(() => server.close())
    const dispatcher = createGuardedDispatcher({ networks: loopbackNetwork, telemetry: createTelling([]) })
    onTestFinished(() => dispatcher.close())
    await fetch(server.url, { dispatcher, headers: { 'x-own': 'yes' } })
    await dispatcher.request({ origin: server.url, path: '/', method: 'GET', headers: ['x-own', 'yes'] })
    await dispatcher.request({ origin: server.url, path: '/', method: 'GET' })
    expect(seen.map((headers) => [headers['traceparent']?.slice(0, 3), headers['x-own']])).toEqual([
      ['00-', 'yes'],
      ['00-', 'yes'],
      ['00-', undefined],
    ])
  })

  it('say that an address was refused, and try it no second time', async () => {
    const dispatcher = createGuardedDispatcher({ networks: loopbackNetwork })
    onTestFinished(() => dispatcher.close())
    let sent = 0
    const call = createPlatformCaller({
      connection: 'shop',
      budgets: [{ name: 'burst', scope: 'account', limit: 1000, windowMs: 1000, source: 'test' }],
      clock: createFixedClock(0, { autoAdvance: true }),
      random: () => 0.5,
      logger: {
        debug: () => undefined,
        info: () => undefined,
        warn: () => undefined,
        error: () => undefined,
      },
      signal: new AbortController().signal,
    })
    const refused = call({
      act: 'reading a thing',
      budget: 'burst',
      repeatable: true,
      async send(signal) {
        sent += 1
        const { status } = await fetch('http://169.254.169.254/', { signal, dispatcher })
        return { status, headers: {}, body: {} }
      },
      classify: () => undefined,
    })
    await expect(refused).rejects.toMatchObject({
      code: 'platform.address_refused',
      params: { host: '169.254.169.254', reason: 'forbidden_address' },
    })
    expect(sent).toBe(1)
  })
})
