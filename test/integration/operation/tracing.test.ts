import { InMemorySpanExporter, type ReadableSpan } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Telemetry } from '../../../core/port/telemetry.ts'
import { createMetrics, type Metrics } from '../../../hub-server/telemetry/create-metrics.ts'
import { createTracer, type Tracer } from '../../../hub-server/telemetry/create-tracer.ts'
import { createLogger } from '../../../hub-server/telemetry/logger.ts'
import { runCycle } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench, aCycleWorkspace, shopPeople, type CycleBench } from '../../support/a-cycle.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { createLedgerConnector } from '../../support/ledger-connector.ts'
import { startLedgerPlatform, type LedgerPlatform } from '../../support/ledger-platform.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { aHub, type HubUnderTest } from '../inbox/a-hub.ts'
import { event, signEvents } from '../inbox/hubspot-events.ts'

let clock: FixedClock
let platform: LedgerPlatform
let exporter: InMemorySpanExporter
let tracer: Tracer
let metrics: Metrics
let telemetry: Telemetry
let bench: CycleBench
let hub: HubUnderTest

beforeEach(async () => {
  clock = createFixedClock('2026-11-22T06:00:00Z', { autoAdvance: true })
  platform = await startLedgerPlatform(clock)
  platform.people.push(...shopPeople(1, 30))
  exporter = new InMemorySpanExporter()
  tracer = createTracer({ service: 'affluent', version: '0', exporter, atOnce: true })
  metrics = createMetrics('0')
  telemetry = { ...tracer, count: metrics.count, observe: metrics.observe }
  bench = await aCycleBench({
    clock,
    workspace: workspace(),
    connectors: [createLedgerConnector()],
    telemetry,
  })
  hub = await aHub(clock, { store: bench.control, telemetry })
})
afterEach(async () => {
  await hub.close()
  await bench.close()
  await platform.close()
  await tracer.close()
  metrics.close()
})

const workspace = () => aCycleWorkspace(platform.url, [{ name: 'crm', url: platform.url }])

const cycle = () =>
  runCycle(bench, {
    workspace: workspace(),
    asOf: clock.now(),
    actor: 'test',
    signal: new AbortController().signal,
    onEvent: () => undefined,
  })

const idOf = (span: ReadableSpan): string => span.spanContext().traceId
const named = (name: string): ReadableSpan[] =>
  exporter.getFinishedSpans().filter((span) => span.name === name)

/** The names of the spans around one, from the inside out. */
function chainOf(span: ReadableSpan): string[] {
  const parent = exporter
    .getFinishedSpans()
    .find((one) => one.spanContext().spanId === span.parentSpanContext?.spanId)
  return [span.name, ...(parent ? chainOf(parent) : [])]
}

describe('traces', () => {
  it('U08: one id leads from a message of a platform to every call that its cycle makes', async (context) => {
    const answer = await hub.post(signEvents(clock, [event()]))
    expect(answer.status).toBe(200)
    await cycle()
    const [message] = named('http request')
    const calls = named('platform request')
    const id = message && idOf(message)
    const broken = calls.filter((call) => idOf(call) !== id || !chainOf(call).includes('cycle'))
    reportFigure(context, {
      check: 'U08',
      claim: 'calls of platforms without a chain back to the message',
      value: broken.length,
      of: calls.length,
      target: '0',
    })
    expect(calls.length).toBeGreaterThan(5)
    expect(broken).toEqual([])
    const [write] = named('batch')
    expect(write && chainOf(write)).toEqual(['batch', 'run', 'stage', 'cycle', 'http request'])
    expect(write?.attributes).toMatchObject({ 'affluent.size': 10, 'affluent.operation': 'add' })
  })

  it('name in each further message’s own trace the cycle that followed it', async () => {
    for (const objectId of [1, 2, 3])
      await hub.post(signEvents(clock, [event({ eventId: objectId, objectId })]))
    await cycle()
    const [cycleSpan] = named('cycle')
    const followed = named('signals followed')
    expect(new Set(followed.map(idOf))).toEqual(new Set(named('http request').map(idOf)))
    for (const span of followed) expect(span.attributes['affluent.cycle']).toBe(cycleSpan && idOf(cycleSpan))
  })

  it('hold sizes and codes, never a person, and nor do metrics', async () => {
    await hub.post(signEvents(clock, [event()]))
    await cycle()
    const told = JSON.stringify(exporter.getFinishedSpans().map(({ name, attributes }) => [name, attributes]))
    const text = await metrics.text(() => Promise.resolve([]))
    for (const all of [told, text]) expect(all).not.toMatch(/example\.com|p1@|key-|Subscribers/)
    expect(text).toMatch(/affluent_runs_total\{connector="ledger",kind="deliver",state="succeeded"\} 1/)
    expect(text).toMatch(/affluent_members_total\{connector="ledger",outcome="confirmed"\} 30/)
    expect(text).toMatch(
      /affluent_platform_requests_total\{connector="ledger",status_class="2xx",outcome="ok"\} \d/,
    )
    expect(text).toMatch(/affluent_webhooks_total\{connector="hubspot",result="accepted"\} 1/)
    expect(text).toMatch(
      /affluent_http_requests_total\{method="POST",route="\/webhooks\/:connection\/:webhook",status_class="2xx"\} 1/,
    )
  })

  it('continue a caller’s trace, and go on in the requests to platforms only while they are exported', async () => {
    const parent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    await tracer.continue(parent, () =>
      tracer.trace('outer', {}, async () => {
        expect(tracer.outgoingHeaders()['traceparent']).toMatch(new RegExp(`^00-${'a'.repeat(32)}-`))
      }),
    )
    expect(named('outer').map(idOf)).toEqual(['a'.repeat(32)])
    await tracer.continue('no trace at all', () => tracer.trace('anew', {}, () => Promise.resolve()))
    expect(named('anew').map(({ parentSpanContext }) => parentSpanContext)).toEqual([undefined])
    const silent = createTracer({ service: 'affluent', version: '0', exporter: undefined })
    await silent.trace('outer', {}, async () => expect(silent.outgoingHeaders()).toEqual({}))
    await silent.close()
  })

  it('are exported in full where they failed, whatever share of them is', async () => {
    const few = new InMemorySpanExporter()
    const rare = createTracer({ service: 'affluent', version: '0', exporter: few, share: 0, atOnce: true })
    await rare.trace('good', {}, () => Promise.resolve())
    await rare.trace('bad', {}, () => Promise.reject(new Error('no'))).catch(() => undefined)
    expect(few.getFinishedSpans().map(({ name }) => name)).toEqual(['bad'])
    await rare.close()
  })
})

describe('the log', () => {
  it('repeats the ids of the work around in each line, and changes its level while it runs', async () => {
    const lines: string[] = []
    const logger = createLogger({ level: 'warn', destination: { write: (line) => lines.push(line) } })
    await tracer.trace('run', { run: 'run-1', sync: 'to-crm' }, () =>
      tracer.trace('batch', { batch: 3 }, async () => {
        logger.info('unheard')
        logger.setLevel('info')
        logger.info('heard', { count: 1 })
      }),
    )
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({
      event: 'heard',
      run: 'run-1',
      batch: 3,
      sync: 'to-crm',
      count: 1,
      trace: named('run').map(idOf)[0],
    })
  })
})

describe('metrics', () => {
  it('stay few and plain, whatever they are labelled with', async () => {
    for (let number = 0; number < 1_000; number += 1)
      metrics.count('platform_requests', { connector: `c${number}`, outcome: 'ada@example.com' })
    const text = await metrics.text(() => Promise.resolve([]))
    const series = text.split('\n').filter((line) => line.startsWith('affluent_platform_requests_total{'))
    expect(series.length).toBeLessThanOrEqual(201)
    expect(text).not.toContain('ada@')
  })
})
