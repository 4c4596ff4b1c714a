import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { signHubspotV2, signMeta } from '../../support/signed-webhooks.ts'
import { startReceiver, type StartedReceiver } from '../../support/start-receiver.ts'
import { createWorkspaceFolder } from '../../support/workspace-folder.ts'
import { aHub, publicUrl, secrets, type HubSettings, type HubUnderTest } from './a-hub.ts'
import { event, keptOf, signEvents } from './hubspot-events.ts'

let clock: FixedClock
let running: HubUnderTest[]
let processes: StartedReceiver[]

beforeEach(() => {
  clock = createFixedClock('2026-11-22T10:00:00Z')
  running = []
  processes = []
})
afterEach(async () => {
  for (const each of processes) await each.kill()
  for (const hub of running) await hub.close()
})

async function start(settings?: HubSettings): Promise<HubUnderTest> {
  const hub = await aHub(clock, settings)
  running.push(hub)
  return hub
}

/** A process of its own over the store at the path. */
async function startBeside(path: string): Promise<StartedReceiver> {
  const receiver = await startReceiver({ hub: 'inbox', path, now: clock.now() })
  processes.push(receiver)
  return receiver
}

const events = (told: readonly object[] | string, sending?: Parameters<typeof signEvents>[2]) =>
  signEvents(clock, told, sending)

const deletion = (user = '218471') =>
  signMeta('/webhooks/ads/data_deletion', { user_id: user, issued_at: 1_795_305_600 }, secrets.meta)

/** JSON in which every letter beyond ASCII is escaped. */
const escapeAll = (text: string): string =>
  text.replaceAll(/[^\x20-\x7e]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)

describe('repetition', () => {
  it('W07: of one id with two contents the first stays and the second is counted; accounts are independent', async (context) => {
    const hub = await start()
    await hub.post(events([event(), event({ portalId: 6 })]))
    await hub.post(events([event({ subscriptionType: 'object.creation' })]))
    expect(await keptOf(hub)).toEqual(['crm deleted 123', 'crm-us deleted 123'])
    expect(hub.commits.at(-1)).toEqual({ fresh: 0, repeated: 1, differing: 1 })
    reportFigure(context, {
      check: 'W07',
      claim: 'signals of one account dropped for those of another with the same id',
      value: 2 - (await keptOf(hub)).length,
      of: 2,
      target: '0',
    })
  })

  it('W12: a message that comes twice at the same moment to two processes has one effect', async (context) => {
    await using folder = await createWorkspaceFolder({})
    const path = `${folder.path}/control.sqlite`
    const [first, second] = await Promise.all([startBeside(path), startBeside(path)])
    const messages = Array.from({ length: 20 }, (_, index) =>
      events([event({ eventId: index, objectId: index })]),
    )
    const answers = await Promise.all(
      messages.flatMap((message) => [first, second, first].map((each) => each.post(message))),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const effects = (await first.kill()) + (await second.kill())
    const kept = await keptOf(await start({ path }))
    reportFigure(context, {
      check: 'W12',
      claim: 'effects of a webhook delivered three times at once to two processes',
      value: effects / messages.length,
      target: '1',
    })
    expect(effects).toBe(messages.length)
    expect(kept.toSorted()).toEqual(messages.map((_, index) => `crm deleted ${index}`).toSorted())
  })

  it('W14: of a message with a hundred events all are kept or none, and all of them once', async (context) => {
    let broken = true
    const hub = await start({
      async beforeKeep() {
        if (broken) throw new AffluentError('store.disk_full', { act: 'x', file: 'x' })
      },
    })
    const message = events(
      Array.from({ length: 100 }, (_, index) => event({ eventId: index, objectId: index })),
    )
    expect((await hub.post(message)).status).toBe(503)
    expect(await keptOf(hub)).toEqual([])
    broken = false
    expect((await hub.post(message)).status).toBe(200)
    expect((await hub.post(message)).status).toBe(200)
    expect(new Set(await keptOf(hub)).size).toBe(100)
    expect(hub.commits).toEqual([
      { fresh: 100, repeated: 0, differing: 0 },
      { fresh: 0, repeated: 100, differing: 0 },
    ])
    reportFigure(context, {
      check: 'W14',
      claim: 'events of a message kept twice or not at all, after the store failed under it',
      value: 100 - new Set(await keptOf(hub)).size,
      of: 100,
      target: '0',
    })
  })

  it('X14: the message of 4 min 59 s takes effect once, also after a restart; older and future ones are refused', async (context) => {
    await using folder = await createWorkspaceFolder({})
    const path = `${folder.path}/control.sqlite`
    const at = clock.now()
    const message = events([event()], { at: at - 299_000 })
    const before = await startBeside(path)
    const answers = [await before.post(message), await before.post(message)]
    let effects = await before.kill()
    const after = await startBeside(path)
    answers.push(await after.post(message))
    answers.push(await after.post(events([event({ eventId: 2 })], { at: at - 301_000 })))
    answers.push(await after.post(events([event({ eventId: 3 })], { at: at + 120_000 })))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 401, 401])
    effects += await after.kill()
    const kept = await keptOf(await start({ path }))
    reportFigure(context, {
      check: 'X14',
      claim:
        'second effects of a repeated webhook, a restart in between, and of older and future-stamped ones',
      value: effects - 1,
      of: 4,
      target: '0',
    })
    expect({ effects, kept }).toEqual({ effects: 1, kept: ['crm deleted 123'] })
  })
})

describe('forgery', () => {
  it('X13: refuses a body that was written anew, and takes escaped Unicode as it came', async (context) => {
    const hub = await start()
    const bodies = [
      '[ {"eventId": 1, "propertyValue":"\\u00e9\\ud83d\\ude00"} ]',
      '[{"eventId":2,"propertyValue":"é😀"}]',
      '[{"eventId":3, "propertyValue":"<\\/b>\\u2028"}]\n',
    ]
    let errors = 0
    let tried = 0
    const expectStatus = async (
      status: number,
      posted: Promise<{ readonly status: number }>,
    ): Promise<void> => {
      tried += 1
      if ((await posted).status !== status) errors += 1
    }
    for (const body of bodies) {
      const message = events(body)
      const parsed: unknown = JSON.parse(body)
      const anew = [
        JSON.stringify(parsed),
        JSON.stringify(parsed, null, 2),
        ` ${body}`,
        `${body} `,
        body.replaceAll(':', ' :'),
        escapeAll(JSON.stringify(parsed)),
      ]
      for (const text of anew.filter((one) => one !== body))
        await expectStatus(401, hub.post({ ...message, body: new TextEncoder().encode(text) }))
      await expectStatus(200, hub.post(message))
    }
    reportFigure(context, {
      check: 'X13',
      claim: 'bodies written anew that were accepted, or original ones refused',
      value: errors,
      of: tried,
      target: '0',
    })
    expect(errors).toBe(0)
  })

  it('X15: never falls back to an older signature', async (context) => {
    const hub = await start()
    const body = JSON.stringify([event()])
    const v2 = signHubspotV2({ publicUrl, path: '/webhooks/crm/events', body, secret: secrets.hubspot })
    const v3 = events(body)
    const v1 = {
      'x-hubspot-signature': createHash('sha256')
        .update(secrets.hubspot + body)
        .digest('hex'),
    }
    const { 'x-hubspot-signature-v3': signature = '', ...stripped } = v3.headers
    const { 'x-hubspot-request-timestamp': _at, ...timeless } = v3.headers
    const downgrades: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      'v2 alone': v2.headers,
      'v1 alone': { 'content-type': 'application/json', ...v1, 'x-hubspot-signature-version': 'v1' },
      'v3 stripped': stripped,
      'v3 stripped, v2 in its place': { ...stripped, ...v2.headers },
      'v3 empty, v2 beside it': { ...v3.headers, 'x-hubspot-signature-v3': '', ...v2.headers },
      'v3 wrong, v2 beside it': { ...v3.headers, 'x-hubspot-signature-v3': `A${signature}`, ...v2.headers },
      'v3 without its time': timeless,
      'the version says v1': {
        ...v3.headers,
        'x-hubspot-signature-v3': '',
        ...v1,
        'x-hubspot-signature-version': 'v1',
      },
    }
    const accepted: string[] = []
    for (const [how, headers] of Object.entries(downgrades))
      if ((await hub.post({ ...v3, headers })).status !== 401) accepted.push(how)
    reportFigure(context, {
      check: 'X15',
      claim: 'messages with an older or a stripped signature accepted, where v3 is used',
      value: accepted.length,
      of: Object.keys(downgrades).length,
      target: '0',
    })
    expect(accepted).toEqual([])
    expect((await hub.post(v3)).status).toBe(200)
  })

  it('X16: takes the app’s secret and the one before the rotation, and no older one', async (context) => {
    const hub = await start()
    const send = async (secret: string) =>
      (await hub.post(events([event({ portalId: 9 })], { connection: 'rotating', secret }))).status
    const answers = [await send('new-secret'), await send('old-secret'), await send('oldest-secret')]
    const wrong = answers.filter((status, index) => status !== [200, 200, 401][index])
    reportFigure(context, {
      check: 'X16',
      claim: 'secrets refused in the overlap of a rotation, or accepted after it',
      value: wrong.length,
      of: answers.length,
      target: '0',
    })
    expect(wrong).toEqual([])
  })

  it('tells of refused messages once a minute and connection, with their number, and never what they held', async () => {
    const hub = await start()
    const forged = events([event({ propertyValue: 'ada@example.com' })], { secret: 'guessed' })
    for (let count = 0; count < 5; count += 1) await hub.post(forged)
    await hub.post({ ...forged, path: '/webhooks/stranger-1/events' })
    await hub.post({ ...forged, path: '/webhooks/stranger-2/events' })
    clock.advance(60_000)
    await hub.post(forged)
    const told = hub.lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(told.map(({ event: name, connection, count }) => [name, connection, count])).toEqual([
      ['webhook_refused', 'crm', 1],
      ['webhook_refused', 'unknown', 1],
      ['webhook_refused', 'crm', 5],
    ])
    expect(hub.lines.join('')).not.toMatch(/ada@|guessed|stranger/)
  })
})

describe('a request to delete a person’s data', () => {
  it('X19: is one case however often it is told, and its page shows the state', async (context) => {
    const hub = await start()
    const first = await hub.post(deletion())
    expect(await hub.post(deletion())).toEqual(first)
    const waiting = await hub.store.waitingSignals(10)
    const codes = waiting.map((told) => hub.store.codeOf(told))
    expect(codes).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)])
    reportFigure(context, {
      check: 'X19',
      claim: 'cases of one request for deletion that was told twice',
      value: codes.length,
      target: '1',
    })
    const page = `/requests/${codes[0]}`
    expect(JSON.parse(first.text)).toEqual({ url: `${publicUrl}${page}`, confirmation_code: codes[0] })
    const shown = await hub.api.get(page, { headers: { host: 'hub.example.com' } })
    expect(shown.status).toBe(200)
    expect(shown.text).toContain('Your request was received and is being worked on.')
    const french = await hub.api.get(page, { headers: { 'accept-language': 'fr' } })
    expect(french.text).toContain('Votre demande a été reçue')
    expect((await hub.api.get(`/requests/${'0'.repeat(32)}`)).status).toBe(404)
    expect((await hub.api.get(page, { method: 'POST' })).status).toBe(405)
  })

  it('X19: is refused when it is forged', async (context) => {
    const hub = await start()
    const told = { user_id: '1', issued_at: 1_795_305_600 }
    const forged = ['guessed', '', secrets.hubspot].map((secret) =>
      signMeta('/webhooks/ads/data_deletion', told, secret),
    )
    const statuses = await Promise.all(forged.map(async (message) => (await hub.post(message)).status))
    const accepted = statuses.filter((status) => status !== 401)
    reportFigure(context, {
      check: 'X19',
      claim: 'forged requests for deletion accepted',
      value: accepted.length,
      of: forged.length,
      target: '0',
    })
    expect(accepted).toEqual([])
    expect(await hub.store.waitingSignals(10)).toEqual([])
  })
})
