import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countWrong } from '../../support/count-wrong.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { mutateText, textMutation } from '../../support/mutate-text.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { aCardHub, cardPath, signCard, statusOf, type CardHub, type CardMessage } from './a-card-hub.ts'

const clock = createFixedClock('2026-11-22T10:00:00Z')
const mutations = 10_000

let hub: CardHub
beforeAll(async () => {
  hub = await aCardHub(clock)
})
afterAll(() => hub.close())

const ask = (path: string, how: Partial<Parameters<typeof signCard>[1]> = {}) => {
  const { method, headers, body } = signCard(path, { at: clock.now(), ...how })
  return hub.request(path, { method, headers, ...(body !== '' && { body }) })
}

/** The language of the answer, and the word for the contact's consent. */
const told = async (path: string, headers: Record<string, string> = {}) => {
  const signed = signCard(path, { at: clock.now() })
  const answer = await hub.request(path, { headers: { ...signed.headers, ...headers } })
  return [answer.headers['content-language'], JSON.parse(answer.text).person.consents[0].statusText]
}

describe("HubSpot's card", () => {
  it('shows segments and since when, why, consents and audiences of the contact', async () => {
    const answer = await ask(cardPath('101'))
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text)).toEqual({
      person: {
        language: 'en',
        profileId: expect.stringMatching(/^p_\d+$/),
        segments: [
          {
            name: 'parisians',
            title: 'People of Paris',
            since: '2026-11-22T10:00:00.000Z',
            because: expect.stringContaining('Paris'),
          },
        ],
        consents: [
          {
            purpose: 'newsletter',
            channel: 'email',
            status: 'granted',
            statusText: 'granted',
            decidedAt: null,
            source: 'crm/contacts',
          },
        ],
        audiences: [
          {
            sync: 'parisians-to-list',
            connection: 'crm',
            audience: 'Paris',
            isIn: false,
            because: 'Member of parisians and free to be sent: the next run does it.',
          },
        ],
      },
    })
  })

  it('speaks the language that the card asks for, else that of the request, else English', async () => {
    expect(await told(cardPath('102', { language: 'fr-FR' }))).toEqual(['fr', 'refusé'])
    expect(await told(cardPath('102', { language: '' }), { 'accept-language': 'fr' })).toEqual([
      'fr',
      'refusé',
    ])
    expect(await told(cardPath('102', { language: 'de' }))).toEqual(['en', 'denied'])
  })

  it("tells nobody's data of a contact that the hub does not know, or of no contact at all", async () => {
    for (const contact of ['999', '', 'ada@example.com', '101&objectId=102', '1'.repeat(40)]) {
      const answer = await ask(cardPath(contact))
      expect([contact, answer.status, answer.text]).toEqual([contact, 200, '{"person":null}'])
    }
  })

  it('takes the record and the language from the body of a POST too, but never the account', async () => {
    const path = '/cards/hubspot/crm/person?portalId=5&userId=77'
    const body = JSON.stringify({ objectId: 101, language: 'fr', portalId: 6 })
    const answer = await ask(path, { method: 'POST', body })
    expect(JSON.parse(answer.text).person.consents[0].statusText).toBe('accordé')
  })

  it('answers from the account that the signed address names, whichever connection of the app stands in it', async () => {
    expect(JSON.parse((await ask(cardPath('101', { connection: 'crm-us' }))).text).person).not.toBeNull()
    // Account 6 has pulled nobody: contact 101 of account 5 is not theirs to see.
    expect((await ask(cardPath('101', { portal: '6' }))).text).toBe('{"person":null}')
    expect((await ask(cardPath('101', { portal: '7' }))).status).toBe(401)
    expect((await ask(cardPath('101', { portal: '5&portalId=6' }))).status).toBe(401)
    expect((await ask(cardPath('101').replace('/hubspot/', '/salesforce/'))).status).toBe(401)
  })

  it('notes in the audit log who saw whom, by ids alone', async () => {
    await ask(cardPath('101'))
    const entries = await hub.bench.control.auditEntries({ limit: 1000 })
    const shown = entries.filter(({ action }) => action === 'person_shown').at(-1)
    expect(shown).toMatchObject({ actor: 'crm:77', details: { connection: 'crm', page: 'card' } })
    expect(JSON.stringify(shown)).not.toContain('example.com')
  })

  it('refuses a call that is old, of the future, unsigned, of another app, or signed for another method', async () => {
    const path = cardPath('101')
    const statuses = [
      await ask(path, { at: clock.now() - 300_001 }),
      await ask(path, { at: clock.now() + 60_001 }),
      await ask(path, { key: 'another-secret' }),
      await hub.request(path),
      await hub.request(path, { headers: signCard(path, { at: clock.now(), method: 'POST' }).headers }),
    ].map(({ status, text }) => [status, JSON.parse(text).code])
    expect(new Set(statuses.map(String))).toEqual(new Set(['401,api.webhook_refused']))
    expect((await ask(path, { at: clock.now() - 299_000 })).status).toBe(200)
  })

  it('never falls back to an older signature', async () => {
    const path = cardPath('101')
    const { createHash } = await import('node:crypto')
    const v2 = createHash('sha256')
      .update(`hubspot-app-secretGEThttps://hub.example.com${path}`)
      .digest('hex')
    const headers = { 'x-hubspot-signature': v2, 'x-hubspot-signature-version': 'v2' }
    expect((await hub.request(path, { headers })).status).toBe(401)
  })
})

const good = signCard(cardPath('101'), { at: clock.now() })

const forged: fc.Arbitrary<CardMessage> = fc.oneof(
  {
    weight: 8,
    arbitrary: textMutation.map((mutation) => ({
      ...good,
      path: `${cardPath('').slice(0, 27)}${mutateText(good.path.slice(27), mutation)}`,
    })),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...Object.keys(good.headers)), textMutation)
      .map(([name, mutation]) => ({
        ...good,
        headers: { ...good.headers, [name]: mutateText(good.headers[name] ?? '', mutation) },
      })),
  },
  {
    weight: 3,
    arbitrary: fc.string({ minLength: 1 }).map((key) => signCard(good.path, { key, at: clock.now() })),
  },
  {
    weight: 3,
    arbitrary: fc
      .oneof(fc.integer({ min: 300_001, max: 10 ** 9 }), fc.integer({ min: -(10 ** 9), max: -60_001 }))
      .map((age) => signCard(good.path, { at: clock.now() - age })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('crm-us', 'other', 'unset', 'nobody', 'CRM', 'crm%2f')
      .map((connection) => ({ ...good, path: cardPath('101', { connection }) })),
  },
  { weight: 2, arbitrary: fc.string({ minLength: 1 }).map((body) => ({ ...good, body })) },
  { weight: 1, arbitrary: fc.constantFrom('POST', 'PUT', 'HEAD').map((method) => ({ ...good, method })) },
)

/** HTTP carries no white space around the value of a header; an address is compared as the platform signs it. */
const isSame = (one: CardMessage): boolean =>
  signCard(one.path, { at: clock.now() }).headers['x-hubspot-signature-v3'] ===
    good.headers['x-hubspot-signature-v3'] &&
  one.body === '' &&
  one.method === 'GET' &&
  Object.entries(good.headers).every(([name, value]) => one.headers[name]?.trim() === value)

describe('forgery of card calls', () => {
  it(`X12: of ${mutations} mutations of card calls none is accepted, and none makes the hub fail`, async (context) => {
    const statuses = new Map<number, number>()
    await fc.assert(
      fc.asyncProperty(forged, async (message) => {
        if (isSame(message)) return
        const status = await statusOf(hub, message)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        expect({ status, ...message }).toMatchObject({ status: 401 })
      }),
      { numRuns: mutations },
    )
    const tried = [...statuses.values()].reduce((sum, count) => sum + count, 0)
    reportFigure(context, {
      check: 'X12',
      claim: 'forged or altered signatures accepted, or answered with a 5xx (HubSpot card)',
      value: countWrong(statuses),
      of: tried,
      target: '0',
    })
    expect([...statuses.keys()]).toEqual([401])
    expect(tried).toBeGreaterThan(mutations * 0.9)
  })

  it('X12: over HTTP, 300 of them are refused, and the next true call is answered', async () => {
    const sendable = fc
      .sample(forged, { numRuns: 300, seed: 12 })
      .filter(
        (message) => !isSame(message) && /^[!-~]+$/.test(message.path) && !/[#\\^`{|}"<>]/.test(message.path),
      )
      .filter((message) => Object.values(message.headers).every((value) => /^[ -~]*$/.test(value)))
    const answers = await Promise.all(
      sendable.map(({ path, method, headers, body }) =>
        hub.request(path, { method, headers, ...(body !== '' && method !== 'HEAD' && { body }) }),
      ),
    )
    expect(answers.length).toBeGreaterThan(200)
    expect(answers.filter(({ status }) => status < 400 || status >= 500)).toEqual([])
    expect((await hub.request(good.path, { headers: good.headers })).status).toBe(200)
  })
})
