import { createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import {
  canvasContent,
  canvasForm,
  canvasOrg,
  canvasToken,
  signEnvelope,
} from '../../support/a-canvas-envelope.ts'
import { outboundPost, outboundXml } from '../../support/an-outbound-message.ts'
import { countWrong } from '../../support/count-wrong.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { mutateText, textMutation } from '../../support/mutate-text.ts'
import { reportFigure } from '../../support/report-figure.ts'
import type { SignedMessage } from '../../support/signed-webhooks.ts'
import { aCanvasHub, consumerSecret, outboundKey, type CanvasHub } from './a-canvas-hub.ts'

const clock = createFixedClock('2026-11-22T10:00:00Z')
const mutations = 10_000
const contactId = '0035g00000ABCDEAA4'

let hub: CanvasHub
beforeAll(async () => {
  hub = await aCanvasHub(clock)
})
afterAll(() => hub.close())

const content = canvasContent(clock.now(), { recordId: contactId })
const good = signEnvelope(content, consumerSecret)
const form = (envelope: string, path = '/canvas/crm'): SignedMessage => canvasForm(path, envelope)

/** An envelope that nobody with the secret made, or one that was made for somewhere else or another time. */
const forgedEnvelope: fc.Arbitrary<SignedMessage> = fc.oneof(
  { weight: 8, arbitrary: textMutation.map((mutation) => form(mutateText(good, mutation))) },
  {
    weight: 4,
    arbitrary: textMutation.map((mutation) => {
      const [signature = '', payload = ''] = good.split('.')
      return form(`${mutateText(signature, mutation)}.${payload}`)
    }),
  },
  {
    weight: 3,
    arbitrary: fc.string({ minLength: 1 }).map((key) => form(signEnvelope(content, key))),
  },
  {
    weight: 3,
    arbitrary: fc
      .oneof(fc.integer({ min: 301, max: 10 ** 6 }), fc.integer({ min: -(10 ** 6), max: -61 }))
      .map((age) => form(signEnvelope(canvasContent(clock.now() - age * 1000), consumerSecret))),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('/canvas/crm-uat', '/canvas/another-org', '/canvas/unset', '/canvas/nobody')
      .map((path) => form(good, path)),
  },
  { weight: 1, arbitrary: fc.string().map((noise) => form(noise)) },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 200 }).map((body) => ({ ...form(good), body })),
  },
)

const xml = (orgId: string): string =>
  outboundXml({
    orgId,
    notifications: [{ id: '04l5g000000AAAAAA4', object: 'Contact', recordId: contactId }],
  })
const outbound = (key: string, body = xml(canvasOrg.orgId), connection = 'crm'): SignedMessage =>
  outboundPost(connection, key, body)

/** A message of somebody who lacks the key of the address, or of another org. What else stands in it proves nothing, and is only a hint. */
const forgedOutbound: fc.Arbitrary<SignedMessage> = fc.oneof(
  { weight: 8, arbitrary: textMutation.map((mutation) => outbound(mutateText(outboundKey, mutation))) },
  {
    weight: 6,
    arbitrary: textMutation.map((mutation) =>
      outbound(outboundKey, xml(mutateText(canvasOrg.orgId, mutation))),
    ),
  },
  { weight: 3, arbitrary: fc.string().map((key) => outbound(encodeURIComponent(key))) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('crm-uat', 'another-org', 'unset', 'nobody')
      .map((connection) => outbound(outboundKey, xml(canvasOrg.orgId), connection)),
  },
  { weight: 1, arbitrary: fc.string().map((noise) => outbound(outboundKey, noise)) },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 200 }).map((body) => ({ ...outbound(outboundKey), body })),
  },
)

const decode = ({ body }: SignedMessage): string => new TextDecoder().decode(body)

/** True for a mutation that leaves all that is proven as it was. */
function isGenuine(message: SignedMessage): boolean {
  const { pathname, searchParams } = new URL(message.path, 'https://hub.example.com')
  if (pathname === '/canvas/crm') return new URLSearchParams(decode(message)).get('signed_request') === good
  const org = /<OrganizationId>(.*)<\/OrganizationId>/.exec(decode(message))?.[1]
  const keys = searchParams.getAll('key')
  // The 15 characters name the same org as the 18.
  const isOrg = org === canvasOrg.orgId || org === canvasOrg.orgId.slice(0, 15)
  return pathname.startsWith('/webhooks/crm/') && keys.length === 1 && keys[0] === outboundKey && isOrg
}

async function countAccepted(
  context: Pick<TestContext, 'task'>,
  platform: string,
  forged: fc.Arbitrary<SignedMessage>,
): Promise<readonly number[]> {
  const statuses = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(forged, async (message) => {
      if (isGenuine(message)) return
      const status = await hub.statusOf(message)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      expect({ status, path: message.path, body: decode(message) }).toMatchObject({ status: 401 })
    }),
    { numRuns: mutations },
  )
  const tried = [...statuses.values()].reduce((sum, count) => sum + count, 0)
  reportFigure(context, {
    check: 'X12',
    claim: `forged or altered signatures accepted, or answered with a 5xx (${platform})`,
    value: countWrong(statuses),
    of: tried,
    target: '0',
  })
  return [...statuses.keys()]
}

describe('forgery', () => {
  it(`X12: of ${mutations} mutations of canvas envelopes none is accepted, and none makes the hub fail`, async (context) => {
    expect(await countAccepted(context, 'Salesforce Canvas', forgedEnvelope)).toEqual([401])
    expect(hub.asked).toEqual([])
  })

  it(`X12: of ${mutations} outbound messages without the key or of another org none is accepted`, async (context) => {
    expect(await countAccepted(context, 'Salesforce outbound messages', forgedOutbound)).toEqual([401])
    expect(await hub.store.waitingSignals(10)).toEqual([])
  })

  it('X12: over HTTP, 200 of each are answered 401 with one text, and the next true ones are taken', async () => {
    const messages = [forgedEnvelope, forgedOutbound].flatMap((forged) =>
      fc
        .sample(forged, { numRuns: 200, seed: 12 })
        .filter((message) => !isGenuine(message) && !message.path.includes(' ')),
    )
    const answers = await Promise.all(messages.map((message) => hub.post(message)))
    expect(answers.length).toBeGreaterThan(300)
    expect([...new Set(answers.map(({ status }) => status))]).toEqual([401])
    const texts = answers.map(({ text }) => text.replace(/"instance":"[^"]*"/, ''))
    expect(new Set(texts).size).toBe(1)
    expect((await hub.post(form(good))).status).toBe(200)
    expect((await hub.post(outbound(outboundKey))).text).toContain('<Ack>true</Ack>')
  })
})

const resign = (encoded: string): string =>
  `${createHmac('sha256', consumerSecret).update(encoded).digest('base64')}.${encoded}`

describe('an envelope that is signed with the secret of the app', () => {
  const [signature = '', payload = ''] = signEnvelope(
    canvasContent(clock.now(), { recordId: contactId, language: 'fr' }),
    consumerSecret,
  ).split('.')
  const envelopes: readonly (readonly [string, string])[] = [
    ['names no algorithm', signEnvelope({ ...content, algorithm: undefined }, consumerSecret)],
    ...['none', 'HS256', 'HMACSHA1', 'HMACSHA512', 'hmacsha256', 'RSA-SHA256', ''].map(
      (algorithm) =>
        [
          `names the algorithm "${algorithm}"`,
          signEnvelope(canvasContent(clock.now(), { algorithm }), consumerSecret),
        ] as const,
    ),
    ['has a second dot at its end', `${signature}.${payload}.`],
    ['has a second dot and a third part', `${signature}.${payload}.${payload}`],
    ['has a second dot that is signed', resign(`${payload}.${payload}`)],
    ['has two dots between', `${signature}..${payload}`],
    ['is huge', signEnvelope({ ...content, filler: 'x'.repeat(100_000) }, consumerSecret)],
    ['lacks the padding of its signature', `${signature.replace(/=+$/, '')}.${payload}`],
    ['has too much padding', `${signature}=.${payload}`],
    ['is padded in the middle', `${signature.slice(0, 20)}=${signature.slice(20)}.${payload}`],
    ['has the alphabet of addresses', `${signature.replaceAll('+', '-').replaceAll('/', '_')}-.${payload}`],
    ['has content without its padding, signed', resign(payload.replace(/=+$/, '').slice(0, -1))],
    ['has content in the alphabet of addresses, signed', resign('eyJ-_w==')],
    ['has a line break in its content, signed', resign(`${payload.slice(0, 40)}\n${payload.slice(40)}`)],
    ['is no JSON', resign(Buffer.from('not json at all').toString('base64'))],
    ['is JSON of a text', resign(Buffer.from('"HMACSHA256"').toString('base64'))],
    ['is JSON of nothing', resign(Buffer.from('null').toString('base64'))],
    ['is no UTF-8', resign(Buffer.from([0xff, 0xfe, 0x7b]).toString('base64'))],
    ['is nested deeply', resign(Buffer.from('['.repeat(20_000)).toString('base64'))],
    ['tells no org', signEnvelope({ ...content, context: {} }, consumerSecret)],
    [
      'tells another org',
      signEnvelope(canvasContent(clock.now(), { orgId: '00D5g000004OTHREA4' }), consumerSecret),
    ],
    ['tells no time', signEnvelope({ ...content, issuedAt: undefined }, consumerSecret)],
    ['tells a time that is a text', signEnvelope({ ...content, issuedAt: 'now' }, consumerSecret)],
    ['tells a user that is none', signEnvelope({ ...content, userId: '<script>' }, consumerSecret)],
    [
      'comes from an address that is none of Salesforce’s',
      signEnvelope(
        { ...content, client: { oauthToken: canvasToken, instanceUrl: 'https://evil.example' } },
        consumerSecret,
      ),
    ],
  ]

  it('X18: and yet is not as Salesforce makes it, is refused; no token reaches the log', async (context) => {
    let accepted = 0
    for (const [what, envelope] of envelopes) {
      const { status } = await hub.post(form(envelope))
      if (status === 200) accepted += 1
      expect({ what, status }).toEqual({ what, status: status === 413 ? 413 : 401 })
    }
    const twice = new URLSearchParams([
      ['signed_request', `${signature}.${payload}`],
      ['signed_request', `${signature}.${payload}`],
    ]).toString()
    expect((await hub.post({ ...form(''), body: new TextEncoder().encode(twice) })).status).toBe(401)
    expect(
      (
        await hub.post({
          ...form(good),
          body: new TextEncoder().encode(`signed_request=${'A'.repeat(300_000)}`),
        })
      ).status,
    ).toBe(413)
    const hits = hub.lines.filter((line) => isTelling(line)).length
    reportFigure(context, {
      check: 'X18',
      claim: 'Canvas envelopes accepted',
      value: accepted,
      of: envelopes.length,
      target: '0',
    })
    reportFigure(context, {
      check: 'X18',
      claim: 'tokens and envelopes of Canvas in the log',
      value: hits,
      of: hub.lines.length,
      target: '0',
    })
    expect(hits).toBe(0)
    // The envelope that all of them were made of is good.
    expect((await hub.post(form(`${signature}.${payload}`))).status).toBe(200)
  })

  const isTelling = (line: string): boolean =>
    [canvasToken, payload.slice(0, 60), signature, consumerSecret, outboundKey].some((secret) =>
      line.includes(secret),
    )
})
