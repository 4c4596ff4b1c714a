import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canvasContent, canvasForm, signEnvelope } from '../../support/a-canvas-envelope.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { reportFigure } from '../../support/report-figure.ts'
import type { SignedMessage } from '../../support/signed-webhooks.ts'
import { aCanvasHub, consumerSecret, type CanvasHub } from './a-canvas-hub.ts'

const issuedAt = Date.parse('2026-11-22T10:00:00Z')
const contactId = '0035g00000ABCDEAA4'

let clock: FixedClock
let folder: string
let running: CanvasHub[]

beforeEach(async () => {
  clock = createFixedClock('2026-11-22T10:00:00Z')
  folder = await mkdtemp(join(tmpdir(), 'affluent-canvas-'))
  running = []
})
afterEach(async () => {
  for (const hub of running) await hub.close()
  await rm(folder, { recursive: true })
})

async function start(): Promise<CanvasHub> {
  const hub = await aCanvasHub(clock, { path: join(folder, 'control.sqlite') })
  running.push(hub)
  return hub
}

const call = (at = issuedAt): SignedMessage =>
  canvasForm('/canvas/crm', signEnvelope(canvasContent(at, { recordId: contactId }), consumerSecret))

describe('a canvas envelope', () => {
  it('X14: at 4:59 is good once, also over a restart; at 5:01 and from two minutes ahead never', async (context) => {
    const first = await start()
    clock.advance(299_000)
    expect(await first.statusOf(call())).toBe(200)
    const repeats = [await first.statusOf(call()), await first.statusOf(call())]
    await running.pop()?.close()
    const second = await start()
    repeats.push(await second.statusOf(call()))
    clock.advance(2000)
    repeats.push(await second.statusOf(call()), await second.statusOf(call(clock.now() + 120_000)))
    expect(repeats).toEqual([401, 401, 401, 401, 401])
    expect([...first.asked, ...second.asked]).toHaveLength(1)
    const views = [...first.asked, ...second.asked].length
    reportFigure(context, {
      check: 'X14',
      claim: 'second effects of a repeated Canvas envelope',
      value: views - 1,
      of: repeats.length,
      target: '0',
    })
  })

  it('X14: of ten that come at the same moment to two processes one is answered', async (context) => {
    const hubs = [await start(), await start()]
    const statuses = await Promise.all(
      Array.from(
        { length: 10 },
        (_, place) => hubs[place % 2]?.statusOf(call()) ?? Promise.reject(new Error('no hub')),
      ),
    )
    const taken = statuses.filter((status) => status === 200).length
    expect(statuses.filter((status) => status !== 200)).toEqual(Array.from({ length: 9 }, () => 401))
    reportFigure(context, {
      check: 'X14',
      claim: 'canvas envelopes answered of ten equal ones to two processes',
      value: taken,
      of: 10,
      target: '1',
    })
    expect(taken).toBe(1)
  })

  it('is another one for another connection, and another page load', async () => {
    const hub = await start()
    expect(await hub.statusOf(call())).toBe(200)
    expect(await hub.statusOf(call(issuedAt - 1000))).toBe(200)
    expect(await hub.statusOf({ ...call(), path: '/canvas/crm-uat' })).toBe(401)
  })

  it('is forgotten when it would be refused for its age anyway, so that the store does not grow', async () => {
    const hub = await start()
    const used = { connection: 'crm', digest: 'a'.repeat(64), staleAt: issuedAt + 300_000 }
    expect(await hub.store.useOnce(used, issuedAt)).toBe(true)
    expect(await hub.store.useOnce(used, issuedAt + 300_000)).toBe(false)
    expect(await hub.store.useOnce({ ...used, digest: 'b'.repeat(64) }, issuedAt + 300_001)).toBe(true)
    expect(await hub.store.useOnce(used, issuedAt)).toBe(true)
  })
})
