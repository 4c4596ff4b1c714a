import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isSignedV2, isSignedV3 } from '../../../../connectors/hubspot/signals/signature.ts'
import type { WebhookMessage } from '../../../../core/connector/signal.ts'

/** The vectors of the platform notes, chapter 1.6. */
const secret = 'test-client-secret'
const at = 1_763_769_600_000
const body = '[{"eventId":1,"subscriptionType":"object.creation","objectTypeId":"0-1","objectId":123}]'
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const post: WebhookMessage = {
  method: 'POST',
  url: 'https://hub.example.com/hooks/hubspot',
  headers: {
    'x-hubspot-signature-v3': 'mOyw+qRCYfVpKM4hB6RxIMi0mnEcprryp+AJbYq1+iI=',
    'x-hubspot-request-timestamp': String(at),
  },
  body: bytes(body),
}
const get: WebhookMessage = {
  method: 'GET',
  url: 'https://hub.example.com/hs/card?email=a%40b.com&q=x%20y',
  headers: {
    'x-hubspot-signature-v3': 'gg5SzmR9uwu0GY6OGaDA4exOH8xnED8KC/tXJBcuErk=',
    'x-hubspot-request-timestamp': String(at),
  },
  body: bytes(''),
}
const v2: WebhookMessage = {
  ...post,
  headers: {
    'x-hubspot-signature': '65ced283be23c16bd24f827d23d9c280a309bcbbb32096ba49a704dfcbb29811',
    'x-hubspot-signature-version': 'v2',
  },
}
const with3 = (message: WebhookMessage, headers: Record<string, string>): WebhookMessage => ({
  ...message,
  headers: { ...message.headers, ...headers },
})

describe('signature v3', () => {
  it('takes both vectors of the platform notes: %40 is decoded in the address, %20 is not', () => {
    expect([isSignedV3(post, [secret], at), isSignedV3(get, [secret], at)]).toEqual([true, true])
  })

  it('decodes exactly the published escapes, in either case', () => {
    const url = 'https://hub.example.com/h?a=%3a%2F%3F%40%21%24%27%28%29%2A%2C%3B&b=%26%20%25%2B'
    const plain = "https://hub.example.com/h?a=:/?@!$'()*,;&b=%26%20%25%2B"
    const signature = createHmac('sha256', secret).update(`GET${plain}${at}`).digest('base64')
    expect(isSignedV3(with3({ ...get, url }, { 'x-hubspot-signature-v3': signature }), [secret], at)).toBe(
      true,
    )
  })

  it('takes the former secret during a rotation', () => {
    expect(isSignedV3(post, ['a-newer-secret', secret], at)).toBe(true)
    expect(isSignedV3(post, ['a-newer-secret'], at)).toBe(false)
  })

  it.each([
    [300_000, true],
    [300_001, false],
    [-60_000, true],
    [-60_001, false],
  ])('at an age of %i ms: %s', (age, taken) => {
    expect(isSignedV3(post, [secret], at + age)).toBe(taken)
  })

  it.each([
    ['another body', { ...post, body: bytes(`${body} `) }],
    ['another method', { ...post, method: 'PUT' }],
    ['another address', { ...post, url: `${post.url}?x=1` }],
    ['another timestamp', with3(post, { 'x-hubspot-request-timestamp': String(at + 1) })],
    ['no timestamp', with3(post, { 'x-hubspot-request-timestamp': '' })],
    ['a timestamp that is no number', with3(post, { 'x-hubspot-request-timestamp': '1e12' })],
    ['no signature', with3(post, { 'x-hubspot-signature-v3': '' })],
    ['a cut signature', with3(post, { 'x-hubspot-signature-v3': 'mOyw+qRCYfVpKM4hB6RxIMi0mnEc' })],
    ['only the weaker v2', v2],
  ])('refuses %s', (_what, message) => {
    expect(isSignedV3(message, [secret], at)).toBe(false)
  })

  it('refuses everything where there is no secret', () => {
    expect(isSignedV3(post, [], at)).toBe(false)
  })
})

describe('signature v2', () => {
  it('takes the vector of the platform notes', () => {
    expect(isSignedV2(v2, [secret])).toBe(true)
  })

  it.each([
    ['another body', { ...v2, body: bytes(`${body} `) }],
    ['another address', { ...v2, url: `${v2.url}/` }],
    [
      'v1, which covers neither address nor method',
      {
        ...v2,
        headers: {
          'x-hubspot-signature': 'a357fed31c80403782a49800fd6dae715b02f06bf32df112bf25d6a479951cc3',
          'x-hubspot-signature-version': 'v1',
        },
      },
    ],
    ['no version', { ...v2, headers: { 'x-hubspot-signature': v2.headers['x-hubspot-signature'] ?? '' } }],
  ])('refuses %s', (_what, message) => {
    expect(isSignedV2(message, [secret])).toBe(false)
  })
})
