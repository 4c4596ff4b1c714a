import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { aHub, secrets, type HubUnderTest } from '../inbox/a-hub.ts'

let hub: HubUnderTest
beforeAll(async () => {
  hub = await aHub(createFixedClock('2026-11-22T10:00:00Z'))
})
afterAll(() => hub.close())

const content = {
  algorithm: 'HMAC-SHA256',
  user_id: '218471',
  issued_at: 1_795_305_600,
  oauth_token: 'EAABtoken',
}
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const sign = (payload: string): string =>
  `${createHmac('sha256', secrets.meta).update(payload).digest('base64url')}.${payload}`
const good = sign(encode(content))
const [signature = '', payload = ''] = good.split('.')

const post = async (text: string): Promise<number> => {
  const { status } = await hub.post({
    path: '/webhooks/ads/data_deletion',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new TextEncoder().encode(text),
  })
  return status
}
const form = (request: string): string => new URLSearchParams({ signed_request: request }).toString()

const envelopes: readonly (readonly [string, string])[] = [
  ...['none', 'HS256', 'HMACSHA256', 'HMAC-SHA1', ''].map(
    (algorithm) => [`algorithm "${algorithm}"`, sign(encode({ ...content, algorithm }))] as const,
  ),
  ['no algorithm', sign(encode({ user_id: '218471' }))],
  ['a second dot at the end', `${good}.`],
  ['a third part', `${good}.${payload}`],
  ['a second dot that is signed', sign(`${payload}.${payload}`)],
  ['two dots between', `${signature}..${payload}`],
  ['huge', sign(encode({ ...content, filler: 'x'.repeat(100_000) }))],
  ['padding in the middle', `${signature.slice(0, 20)}=${signature.slice(20)}.${payload}`],
  ['three signs of padding', `${signature}===.${payload}`],
  ['the ordinary alphabet', sign('eyJ+/w==')],
  ['a line break in the content', sign(`${payload.slice(0, 20)}\n${payload.slice(20)}`)],
  ['no JSON', sign(Buffer.from('not json at all').toString('base64url'))],
  ['JSON of a text', sign(encode('HMAC-SHA256'))],
  ['JSON of nothing', sign(encode(null))],
  ['no UTF-8', sign(Buffer.from([0xff, 0xfe, 0x7b]).toString('base64url'))],
  ['nested deeply', sign(Buffer.from('['.repeat(10_000)).toString('base64url'))],
]

it('X18: envelopes of Meta that are signed, and yet not as Meta makes them, are refused; no token reaches the log', async (context) => {
  const statuses: (readonly [string, number])[] = []
  for (const [what, envelope] of envelopes) statuses.push([what, await post(form(envelope))])
  expect(statuses).toEqual(envelopes.map(([what]) => [what, 401]))
  expect(await post(`signed_request=${'A'.repeat(2_000_000)}`)).toBe(413)
  const accepted = statuses.filter(([, status]) => status === 200).length
  const hits = hub.lines.filter((line) =>
    ['EAABtoken', payload.slice(0, 40), signature, secrets.meta].some((secret) => line.includes(secret)),
  ).length
  reportFigure(context, {
    check: 'X18',
    claim: 'Meta envelopes accepted',
    value: accepted,
    of: envelopes.length,
    target: '0',
  })
  reportFigure(context, {
    check: 'X18',
    claim: 'tokens and envelopes of Meta in the log',
    value: hits,
    of: hub.lines.length,
    target: '0',
  })
  expect(hits).toBe(0)
  expect(await post(form(good))).toBe(200)
})
