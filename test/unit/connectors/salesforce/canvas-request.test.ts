import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { openCanvasRequest } from '../../../../connectors/salesforce/canvas-request.ts'

const secret = 'consumer-secret'
/** The vector of chapter 2.1. */
const payload =
  'eyJhbGdvcml0aG0iOiJITUFDU0hBMjU2IiwiaXNzdWVkQXQiOjE3NjM3Njk2MDAsInVzZXJJZCI6IjAwNTAwMDAwMDAwMDAwMUFBQSIsImNsaWVudCI6eyJvYXV0aFRva2VuIjoidCIsImluc3RhbmNlVXJsIjoiaHR0cHM6Ly94Lm15LnNhbGVzZm9yY2UuY29tIn19'
const signature = 'P6v5v7zw7uviwMi1/0BKIJBbUId3E/r+pjljtevv480='
const issuedAt = 1_763_769_600_000

const sign = (body: string): string => `${createHmac('sha256', secret).update(body).digest('base64')}.${body}`
const encode = (body: unknown): string => Buffer.from(JSON.stringify(body)).toString('base64')

describe('the signed request of a canvas page', () => {
  it('opens the published vector', () => {
    expect(openCanvasRequest(`${signature}.${payload}`, secret, issuedAt + 1000)).toMatchObject({
      userId: '005000000000001AAA',
      client: { oauthToken: 't', instanceUrl: 'https://x.my.salesforce.com' },
    })
  })

  it.each([
    ['another signature', `Q${signature.slice(1)}.${payload}`],
    ['a shorter signature', `P6v5.${payload}`],
    ['another payload', `${signature}.${payload.replace('eyJh', 'eyJi')}`],
    ['the same payload decoded', `${signature}.${Buffer.from(payload, 'base64').toString()}`],
    ['no dot', payload],
    ['nothing', ''],
    ['signed text that is no JSON', sign('bm90IGpzb24=')],
    ['signed JSON of another algorithm', sign(encode({ algorithm: 'none', issuedAt: 1_763_769_600 }))],
  ])('refuses %s', (_what, request) => {
    expect(openCanvasRequest(request, secret, issuedAt)).toBeUndefined()
  })

  it('refuses another secret, and what is older than five minutes or from the future', () => {
    const request = `${signature}.${payload}`
    expect(openCanvasRequest(request, 'other', issuedAt)).toBeUndefined()
    expect(openCanvasRequest(request, secret, issuedAt + 300_001)).toBeUndefined()
    expect(openCanvasRequest(request, secret, issuedAt - 300_001)).toBeUndefined()
    expect(openCanvasRequest(request, secret, issuedAt + 300_000)).toBeDefined()
  })

  it('splits at the first dot only, and takes milliseconds too', () => {
    const body = encode({
      algorithm: 'HMACSHA256',
      issuedAt,
      client: { oauthToken: 't', instanceUrl: 'https://x' },
    })
    expect(openCanvasRequest(sign(body), secret, issuedAt)).toBeDefined()
    expect(openCanvasRequest(`${sign(body)}.x`, secret, issuedAt)).toBeUndefined()
  })
})
