import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  startSandboxServer,
  type SandboxRequest,
  type SandboxServer,
} from '../../../connectors/sandbox-kit/sandbox-server.ts'
import type { ErrorCode } from '../../../core/errors/error-codes.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import { noCounters, type RunState } from '../../../core/sync/run.ts'
import type { Health } from '../../../hub-server/api/health.ts'
import { createTranslator } from '../../../hub-server/locales/translate.ts'
import { createAlertPlaces } from '../../../hub-server/operation/alerts/alert-places.ts'
import { keepAlerts } from '../../../hub-server/operation/alerts/keep-alerts.ts'
import { readConnectionHealth } from '../../../hub-server/operation/connection-health.ts'
import { readProblems } from '../../../hub-server/operation/read-problems.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { aCycleWorkspace } from '../../support/a-cycle.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { startMailServer, type MailServer } from '../../support/start-mail-server.ts'

const minute = 60_000
const hour = 60 * minute
const secretKey = Buffer.alloc(32, 7)
const secret = `whsec_${secretKey.toString('base64')}`

let clock: FixedClock
let control: ControlStore
let server: SandboxServer
let mail: MailServer
let health: Health
let isDown = false
let calls: SandboxRequest[] = []

beforeEach(async () => {
  clock = createFixedClock('2026-11-22T06:00:00Z')
  control = await openControlStore(':memory:', clock)
  isDown = false
  calls = []
  const answer = (request: SandboxRequest) => {
    calls.push(request)
    return { status: isDown ? 503 : 200, body: {} }
  }
  server = await startSandboxServer({
    clock,
    routes: ['slack', 'hook'].map((name) => ({ method: 'POST', pattern: new RegExp(`^/${name}$`), answer })),
  })
  mail = await startMailServer()
  health = { ready: { ingest: true, sync: true }, checks: [] }
})
afterEach(async () => {
  await control.close()
  await server.close()
  await mail.close()
})

const workspace = aCycleWorkspace('http://127.0.0.1:1', [{ name: 'crm', url: 'http://127.0.0.1:1' }])

function look(language: 'en' | 'fr' = 'en'): Promise<void> {
  clock.advance(minute)
  const places = createAlertPlaces({
    settings: {
      email: { smtpUrl: mail.url, from: 'hub@example.com', to: ['ops@example.com'] },
      slackUrl: `${server.url}/slack`,
      webhook: { url: `${server.url}/hook`, secret },
    },
    translator: createTranslator(language),
    hubUrl: 'https://hub.example.com',
    clock,
  })
  const desk = {
    workspace,
    control,
    health: () => Promise.resolve(health),
    everyMs: hour,
    servingSince: start,
    clock,
  }
  return keepAlerts({
    book: control,
    places,
    readProblems: () => readProblems(desk),
    clock,
    logger: silentLogger,
  })
}
const start = Date.parse('2026-11-22T06:00:00Z')

let runs = 0
async function endRun(sync: string, state: RunState, code?: ErrorCode): Promise<void> {
  runs += 1
  const run = {
    id: `run-${String(runs).padStart(4, '0')}`,
    sync,
    kind: sync === 'from-shop' ? ('pull' as const) : ('deliver' as const),
    state,
    startedAt: clock.now(),
    finishedAt: clock.now(),
    asOf: clock.now(),
    counters: noCounters,
    planDigest: null,
    approvedBy: null,
    startedBy: null,
    error: code === undefined ? null : { code, params: { said: 'ada@example.com is not known' } },
  }
  await control.createRun(run, {
    at: clock.now(),
    actor: 'test',
    action: 'run_started',
    object: `sync/${sync}`,
    details: {},
  })
}

/** What the signed webhook was told: the change, what it concerns, and why. */
const told = (): string[] =>
  calls
    .filter(({ path }) => path === '/hook')
    .map(({ body }) => {
      const { type, data } = body as { type: string; data: { subject: string; code: string } }
      return `${type} ${data.subject} ${data.code}`
    })

describe('alerts', () => {
  it('U06: each class of failure is told once, however many runs it lasts, and so is its end', async (context) => {
    const failures: readonly (readonly [string, () => Promise<void>, () => Promise<void>])[] = [
      ...(
        [
          ['platform.auth_expired', 'failed'],
          ['platform.permission_missing', 'failed'],
          ['platform.invalid_request', 'failed'],
          ['platform.audience_unusable', 'failed'],
          ['segment.too_slow', 'failed'],
          ['run.guard_tripped', 'awaiting_approval'],
          ['run.source_empty', 'awaiting_approval'],
          ['run.restored', 'awaiting_approval'],
        ] as const
      ).map(
        ([code, state]) =>
          [code, () => endRun('to-crm', state, code), () => endRun('to-crm', 'succeeded')] as const,
      ),
      ...(['store.space_low', 'store.disk_full', 'store.damaged'] as const).map(
        (code) =>
          [
            code,
            async () => {
              const check = { name: 'control_store', serves: ['ingest', 'sync'] as const, code }
              health = { ready: { ingest: false, sync: false }, checks: [check] }
            },
            async () => {
              health = { ready: { ingest: true, sync: true }, checks: [] }
            },
          ] as const,
      ),
      [
        'run.overdue',
        async () => clock.advance(4 * hour),
        async () => {
          for (const name of workspace.syncs.keys()) await endRun(name, 'succeeded')
        },
      ],
    ]
    for (const name of workspace.syncs.keys()) await endRun(name, 'succeeded')
    let missed = 0
    let repeated = 0
    for (const [code, fail, heal] of failures) {
      const before = told().length
      for (let times = 0; times < 3; times += 1) {
        await fail()
        await look()
      }
      await heal()
      await look()
      await look()
      const news = told().slice(before)
      const raised = news.filter((line) => line.startsWith('alert.raised') && line.endsWith(code))
      const ended = news.filter((line) => line.startsWith('alert.recovered'))
      // Overdue: every sync is late on its own.
      const things = code === 'run.overdue' ? workspace.syncs.size : 1
      missed += Math.max(0, things - raised.length) + Math.max(0, things - ended.length)
      repeated += Math.max(0, raised.length - things) + Math.max(0, ended.length - things)
    }
    for (const [claim, value] of [
      ['failures or recoveries not told', missed],
      ['failures or recoveries told again', repeated],
    ] as const)
      reportFigure(context, { check: 'U06', claim, value, of: 2 * failures.length, target: '0' })
    expect([missed, repeated]).toEqual([0, 0])
  })

  it('tells one thing for an account that refuses, not one for each of its syncs', async () => {
    await endRun('to-crm', 'failed', 'platform.auth_expired')
    await look()
    expect(told()).toEqual(['alert.raised connection/crm platform.auth_expired'])
    const [crm] = (await readConnectionHealth({ workspace, control, box: { open: () => '' }, clock })).filter(
      ({ connection }) => connection === 'crm',
    )
    expect(crm).toMatchObject({ state: 'reconnect', problem: 'platform.auth_expired', pending: 0 })
  })

  it('comes by mail, to Slack and signed to a webhook, in the language of who runs the hub, with nobody’s data', async () => {
    await endRun('to-crm', 'failed', 'platform.auth_expired')
    await look('fr')
    const [slack, hook] = ['/slack', '/hook'].map((path) => calls.find((one) => one.path === path))
    const texts = [mail.received.join('\n'), JSON.stringify(slack?.body), JSON.stringify(hook?.body)]
    for (const text of texts) {
      expect(text).toContain('crm')
      expect(text).not.toContain('ada@example.com')
      expect(text).not.toContain(secret)
    }
    expect(mail.received).toHaveLength(1)
    expect(mail.received[0]).toContain('To: ops@example.com')
    expect(texts[1]).toContain('Connexion crm')
    const { headers, raw } = readHook(hook)
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${raw}`
    const mac = createHmac('sha256', secretKey).update(signed).digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${mac}`)
  })

  it('are told later where a place does not answer, once, and by the next process too', async () => {
    isDown = true
    await endRun('to-crm', 'failed', 'platform.auth_expired')
    await look()
    await look()
    expect(told()).toHaveLength(2)
    isDown = false
    clock.advance(10 * minute)
    await look()
    await look()
    expect(told()).toHaveLength(3)
    expect(mail.received).toHaveLength(1)
  })
})

function readHook(request: SandboxRequest | undefined): {
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly raw: string
} {
  if (!request) throw new Error('the webhook was not called')
  return { headers: request.headers, raw: JSON.stringify(request.body) }
}
