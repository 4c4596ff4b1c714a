import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readSignedRequest } from '../../../../connectors/meta/signals/signed-request.ts'
import { connectMeta } from '../../../integration/meta/graph.ts'

// Section 8.1 of the platform notes: the vector of Meta's PHP SDK.
const secret = 'foo_app_secret'
const signature = 'U0_O1MqqNKUt32633zAkdd2Ce-jGVgRgJeRauyx_zC8='
const payload =
  'eyJvYXV0aF90b2tlbiI6ImZvb190b2tlbiIsImFsZ29yaXRobSI6IkhNQUMtU0hBMjU2IiwiaXNzdWVkX2F0IjozMjEsImNvZGUiOiJmb29fY29kZSIsInN0YXRlIjoiZm9vX3N0YXRlIiwidXNlcl9pZCI6MTIzLCJmb28iOiJiYXIifQ=='

const sign = (text: string, key = secret): string =>
  createHmac('sha256', key).update(text).digest('base64url')
const encode = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url')
const signed = (content: unknown): string => `${sign(encode(content))}.${encode(content)}`

const [webhook, deauthorize] = connectMeta('https://graph.facebook.com', { app_secret: secret }).connection
  .webhooks
const message = (request: string, method = 'POST') => ({
  method,
  url: 'https://hub.example/webhooks/meta/data_deletion',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new TextEncoder().encode(new URLSearchParams({ signed_request: request }).toString()),
})
const now = Date.parse('2026-11-22T00:00:00Z')

describe('meta: signed_request (1.7, vector of 8.1)', () => {
  it('takes the published vector, with and without the padding of its signature', () => {
    const content = { algorithm: 'HMAC-SHA256', issued_at: 321, user_id: 123, foo: 'bar' }
    expect(readSignedRequest(`${signature}.${payload}`, secret)).toMatchObject(content)
    expect(readSignedRequest(`${signature.replace('=', '')}.${payload}`, secret)).toMatchObject(content)
  })

  it('takes a payload without padding, signed as it was sent', () => {
    const bare = payload.replaceAll('=', '')
    expect(readSignedRequest(`${sign(bare)}.${bare}`, secret)).toMatchObject({ user_id: 123 })
    // The padding belongs to what is signed.
    expect(readSignedRequest(`${signature}.${bare}`, secret)).toBeUndefined()
  })

  it.each([
    ['another secret', `${sign(payload, 'other')}.${payload}`],
    ['a changed payload', `${signature}.${encode({ algorithm: 'HMAC-SHA256', user_id: 124 })}`],
    ['a cut signature', `${signature.slice(0, 20)}.${payload}`],
    ['no signature', `.${payload}`],
    ['one part', payload],
    ['three parts', `${signature}.${payload}.${payload}`],
    ['plain base64', `${signature.replace('_', '/')}.${payload}`],
    ['another algorithm', signed({ algorithm: 'none', user_id: '1', issued_at: 1 })],
    ['no algorithm', signed({ user_id: '1', issued_at: 1 })],
    ['no JSON', `${sign('bm9uZQ')}.bm9uZQ`],
    ['nothing', ''],
    ['far too much', `${signature}.${'A'.repeat(100_000)}`],
  ])('refuses %s', (_, text) => {
    expect(readSignedRequest(text, secret)).toBeUndefined()
    expect(webhook?.verify(message(text), now)).toBe(false)
  })
})

describe('meta: webhook data_deletion (1.7)', () => {
  it('becomes a signal that somebody is erased, the same each time it is told', () => {
    const content = { algorithm: 'HMAC-SHA256', issued_at: 1_795_305_600, user_id: '218471' }
    expect(webhook?.verify(message(signed(content)), now)).toBe(true)
    const expected = {
      id: 'data_deletion:218471:1795305600',
      kind: 'erased',
      stream: 'app_users',
      externalId: '218471',
      occurredAt: 1_795_305_600_000,
    }
    expect(webhook?.parse(message(signed(content)))).toEqual([expected])
    expect(webhook?.parse(message(signed(content)))).toEqual([expected])
  })

  it('is answered with the address and the code that Meta shows to the person', () => {
    const confirmation = { url: 'https://hub.example/deletions/d41d8c', code: 'd41d8c' }
    const content = { algorithm: 'HMAC-SHA256', issued_at: 1_795_305_600, user_id: '218471' }
    expect(webhook?.answer?.(message(signed(content)), confirmation)).toEqual({
      status: 200,
      body: { url: 'https://hub.example/deletions/d41d8c', confirmation_code: 'd41d8c' },
    })
  })

  it('verifies nothing without the app secret, and nothing that is no POST', () => {
    const [unset] = connectMeta('https://graph.facebook.com').connection.webhooks
    expect(unset?.verify(message(`${signature}.${payload}`), now)).toBe(false)
    expect(webhook?.verify(message(`${signature}.${payload}`, 'GET'), now)).toBe(false)
    expect(webhook?.verify({ ...message(''), body: new Uint8Array([0xff, 0xfe]) }, now)).toBe(false)
  })

  it('refuses a signed request that names nobody', () => {
    const content = { algorithm: 'HMAC-SHA256', issued_at: 1 }
    expect(() => webhook?.parse(message(signed(content)))).toThrow(/signed request/)
  })
})

describe('meta: webhook deauthorize (1.7)', () => {
  it('takes the published vector, and tells that the id of the app is gone', () => {
    expect(deauthorize?.verify(message(`${signature}.${payload}`), now)).toBe(true)
    expect(deauthorize?.parse(message(`${signature}.${payload}`))).toEqual([
      {
        id: 'deauthorize:123:321',
        kind: 'deleted',
        stream: 'app_users',
        externalId: '123',
        occurredAt: 321_000,
      },
    ])
    expect(deauthorize?.answer).toBeUndefined()
  })

  it('refuses a signature of another secret', () => {
    expect(deauthorize?.verify(message(`${sign(payload, 'other')}.${payload}`), now)).toBe(false)
  })
})
