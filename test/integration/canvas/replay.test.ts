import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canvasContent, canvasForm, signEnvelope } from '../../support/a-canvas-envelope.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { reportFigure } from '../../support/report-figure.ts'
import type { SignedMessage } from '../../support/signed-webhooks.ts'
import { startReceiver, type StartedReceiver } from '../../support/start-receiver.ts'
import { aCanvasHub, consumerSecret, type CanvasHub } from './a-canvas-hub.ts'

const issuedAt = Date.parse('2026-11-22T10:00:00Z')
const contactId = '0035g00000ABCDEAA4'

let clock: FixedClock
let folder: string
let running: CanvasHub[]
let processes: StartedReceiver[]

beforeEach(async () => {
  clock = createFixedClock('2026-11-22T10:00:00Z')
  folder = await mkdtemp(join(tmpdir(), 'affluent-canvas-'))
  running = []
  processes = []
})
afterEach(async () => {
  for (const each of processes) await each.kill()
  for (const hub of running) await hub.close()
  await rm(folder, { recursive: true })
})

const storePath = (): string => join(folder, 'control.sqlite')

async function start(): Promise<CanvasHub> {
  const hub = await aCanvasHub(clock, { path: storePath() })
  running.push(hub)
  return hub
}

/** A process over the same store, whose clock stands so long after the envelope was signed, in milliseconds. */
async function startLater(ms: number): Promise<StartedReceiver> {
  const receiver = await startReceiver({ hub: 'canvas', path: storePath(), now: issuedAt + ms })
  processes.push(receiver)
  return receiver
}

const call = (at = issuedAt): SignedMessage =>
  canvasForm('/canvas/crm', signEnvelope(canvasContent(at, { recordId: contactId }), consumerSecret))

describe('a canvas envelope', () => {
  it('X14: at 4:59 is good once, also over a restart; at 5:01 and from two minutes ahead never', async (context) => {
    const first = await startLater(299_000)
    expect((await first.post(call())).status).toBe(200)
    const repeats = [await first.post(call()), await first.post(call())]
    let views = await first.kill()
    const second = await startLater(299_000)
    repeats.push(await second.post(call()))
    for (const at of [issuedAt - 2_000, issuedAt + 299_000 + 120_000])
      repeats.push(await second.post(call(at)))
    expect(repeats.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401])
    views += await second.kill()
    reportFigure(context, {
      check: 'X14',
      claim: 'second effects of a repeated Canvas envelope',
      value: views - 1,
      of: repeats.length,
      target: '0',
    })
    expect(views).toBe(1)
  })

  it('X14: of ten that come at the same moment to two processes one is answered', async (context) => {
    const pair = await Promise.all([startLater(0), startLater(0)])
    const envelopes = Array.from({ length: 30 }, (_, index) => call(issuedAt - index * 1000))
    const answers = await Promise.all(
      envelopes.flatMap((envelope) =>
        Array.from({ length: 5 }, () => pair.map((each) => each.post(envelope))).flat(),
      ),
    )
    const taken = answers.filter(({ status }) => status === 200).length
    let views = 0
    for (const each of pair) views += await each.kill()
    reportFigure(context, {
      check: 'X14',
      claim: 'canvas envelopes answered of ten equal ones to two processes',
      value: taken / envelopes.length,
      of: 10,
      target: '1',
    })
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 401]))
    expect({ taken, views }).toEqual({ taken: envelopes.length, views: envelopes.length })
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
