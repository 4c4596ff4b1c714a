import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { countWrong } from '../../support/count-wrong.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { mutateText, textMutation, type TextMutation } from '../../support/mutate-text.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { signHubspotV2, signHubspotV3, signMeta, type SignedMessage } from '../../support/signed-webhooks.ts'
import { aHub, publicUrl, secrets, type HubUnderTest } from './a-hub.ts'

const clock = createFixedClock('2026-11-22T10:00:00Z')
const mutations = 10_000

let hub: HubUnderTest
beforeAll(async () => {
  hub = await aHub(clock)
})
afterAll(() => hub.close())

const body = JSON.stringify([
  {
    eventId: 1,
    subscriptionId: 7,
    portalId: 5,
    occurredAt: 1,
    subscriptionType: 'object.deletion',
    objectTypeId: '0-1',
    objectId: 1,
  },
])
const action = JSON.stringify({
  callbackId: 'c1',
  origin: { portalId: 5 },
  object: { objectId: 1, objectType: 'CONTACT' },
})
const picked = JSON.stringify({
  callbackId: 'c2',
  origin: { portalId: 5 },
  object: { objectId: 1, objectType: 'CONTACT' },
  inputFields: { segment: 'vip-dinner' },
})
const deletion = { user_id: '218471', issued_at: 1_795_305_600 }

const v3 = (path: string, text: string, secret: string, at: number): SignedMessage =>
  signHubspotV3({ publicUrl, path, body: text, secret }, at)
const v2 = (path: string, text: string, secret: string): SignedMessage =>
  signHubspotV2({ publicUrl, path, body: text, secret })

const paths = {
  v3: '/webhooks/crm/events',
  v2: '/webhooks/crm/workflow_actions',
  picked: '/webhooks/crm/add_to_segment',
  meta: '/webhooks/ads/data_deletion',
}

interface Platform {
  readonly name: string
  readonly signed: SignedMessage
  /** Same words, signed with a key of the attacker's, or at a time outside of the window. */
  readonly missigned: (key: string, at: number) => SignedMessage
  /** Header whose value the signature is or covers. Meta's stands in the body. */
  readonly headers: readonly string[]
}

const platforms: readonly Platform[] = [
  {
    name: 'HubSpot v3',
    signed: v3(paths.v3, body, secrets.hubspot, clock.now()),
    missigned: (key, at) => v3(paths.v3, body, key, at),
    headers: ['x-hubspot-signature-v3', 'x-hubspot-request-timestamp'],
  },
  {
    name: 'HubSpot v2',
    signed: v2(paths.v2, action, secrets.hubspot),
    missigned: (key) => v2(paths.v2, action, key),
    headers: ['x-hubspot-signature', 'x-hubspot-signature-version'],
  },
  {
    name: 'HubSpot workflow action',
    signed: v2(paths.picked, picked, secrets.hubspot),
    missigned: (key) => v2(paths.picked, picked, key),
    headers: ['x-hubspot-signature', 'x-hubspot-signature-version'],
  },
  {
    name: 'Meta signed_request',
    signed: signMeta(paths.meta, deletion, secrets.meta),
    missigned: (key) => signMeta(paths.meta, deletion, key),
    headers: [],
  },
]

type Mutant = (platform: Platform) => SignedMessage

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const decode = (message: SignedMessage): string => new TextDecoder().decode(message.body)

/** The body of HubSpot's messages, or the value of Meta's field: its form is not signed. */
function mutateBody(message: SignedMessage, mutation: TextMutation): SignedMessage {
  const request = new URLSearchParams(decode(message)).get('signed_request')
  if (request === null || !message.path.endsWith('data_deletion'))
    return { ...message, body: bytes(mutateText(decode(message), mutation)) }
  return {
    ...message,
    body: bytes(new URLSearchParams({ signed_request: mutateText(request, mutation) }).toString()),
  }
}

const mutant: fc.Arbitrary<Mutant> = fc.oneof(
  {
    weight: 6,
    arbitrary: textMutation.map(
      (mutation): Mutant =>
        ({ signed }) =>
          mutateBody(signed, mutation),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(fc.nat(), textMutation).map(([which, mutation]): Mutant => (platform) => {
      const { signed, headers } = platform
      const name = headers[which % Math.max(1, headers.length)]
      if (name === undefined) return mutateBody(signed, mutation)
      return {
        ...signed,
        headers: { ...signed.headers, [name]: mutateText(signed.headers[name] ?? '', mutation) },
      }
    }),
  },
  {
    weight: 2,
    arbitrary: fc.string({ minLength: 1 }).map(
      (key): Mutant =>
        ({ missigned }) =>
          missigned(key, clock.now()),
    ),
  },
  {
    // HubSpot alone signs the time; of the others the key is wrong as well.
    weight: 2,
    arbitrary: fc
      .oneof(fc.integer({ min: 300_001, max: 10 ** 9 }), fc.integer({ min: -(10 ** 9), max: -60_001 }))
      .map(
        (age): Mutant =>
          ({ name, missigned }) =>
            missigned(name === 'HubSpot v3' ? secrets.hubspot : `${secrets.hubspot}-`, clock.now() - age),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(
        '/webhooks/crm-us/events',
        '/webhooks/other/events',
        '/webhooks/crm/workflow_actions',
        '/webhooks/crm/remove_from_segment',
        '/webhooks/crm/events',
        '/webhooks/ads/data_deletion',
        '/webhooks/nobody/x',
        '/webhooks/crm/events?a=1',
      )
      .map((path): Mutant => ({ signed }) => ({
        ...signed,
        path: path === signed.path ? '/webhooks/nobody/events' : path,
      })),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Mutant>(({ signed }) => ({ ...signed, headers: {}, body: new Uint8Array() })),
  },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 200 }).map((noise): Mutant => ({ signed }) => ({
      ...signed,
      body: noise,
    })),
  },
)

/** HTTP carries no white space around the value of a header. */
const headersOf = ({ headers }: SignedMessage): string =>
  JSON.stringify(Object.entries(headers).map(([name, value]) => [name, value.trim()]))

/** Of Meta's form only the field counts, and its signature may be padded or not. */
function contentOf(message: SignedMessage): string {
  const text = decode(message)
  if (!message.path.endsWith('data_deletion')) return text
  return (new URLSearchParams(text).get('signed_request') ?? '').replace(/={1,2}\./, '.')
}

const isSame = (one: SignedMessage, other: SignedMessage): boolean =>
  one.path === other.path && contentOf(one) === contentOf(other) && headersOf(one) === headersOf(other)

/** The HTTP status, without a socket: 200 or what the error's code stands for. */
async function receive({ path, headers, body: sent }: SignedMessage): Promise<number> {
  const [, , connection = '', webhook = ''] = new URL(path, publicUrl).pathname.split('/')
  try {
    await hub.ports.receive(
      { connection, webhook },
      { method: 'POST', url: publicUrl + path, headers, body: sent },
    )
    return 200
  } catch (error) {
    return error instanceof AffluentError ? error.rule.http : 500
  }
}

describe.each(platforms)('$name', (platform) => {
  it('is accepted as it was signed', async () => {
    expect((await hub.post(platform.signed)).status).toBe(200)
  })

  it(`X12: of ${mutations} mutations of signed messages none is accepted, and none makes the hub fail`, async (context) => {
    const statuses = new Map<number, number>()
    await fc.assert(
      fc.asyncProperty(mutant, async (change) => {
        const message = change(platform)
        if (isSame(message, platform.signed)) return
        const status = await receive(message)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        expect({ status, path: message.path, headers: message.headers, body: decode(message) }).toMatchObject(
          { status: 401 },
        )
      }),
      { numRuns: mutations },
    )
    const tried = [...statuses.values()].reduce((sum, count) => sum + count, 0)
    reportFigure(context, {
      check: 'X12',
      claim: `forged or altered signatures accepted, or answered with a 5xx (${platform.name})`,
      value: countWrong(statuses),
      of: tried,
      target: '0',
    })
    expect([...statuses.keys()]).toEqual([401])
  })

  it('X12: over HTTP, 300 of them are answered 4xx, and the next true message is taken', async () => {
    const messages = fc.sample(mutant, { numRuns: 300, seed: 12 }).map((change) => change(platform))
    const sendable = messages.filter(
      (message) =>
        !isSame(message, platform.signed) &&
        Object.values(message.headers).every((value) => !/[\r\n]/.test(value)),
    )
    const answers = await Promise.all(sendable.map((message) => hub.post(message)))
    expect(answers.length).toBeGreaterThan(200)
    expect([...new Set(answers.map(({ status }) => status))]).toEqual([401])
    expect((await hub.post(platform.signed)).status).toBe(200)
  })
})
