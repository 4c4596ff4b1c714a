import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  longestEnvelope,
  openCanvasRequest,
  type CanvasRequest,
} from '../../../../../connectors/salesforce/canvas/canvas-request.ts'
import { canvasContent, canvasOrg, canvasToken, signEnvelope } from '../../../../support/a-canvas-envelope.ts'

const secret = 'consumer-secret'
const now = Date.parse('2026-11-22T10:00:00Z')
const minutes = 60_000

const openAt = (text: string, at: number, secrets = [secret]): CanvasRequest | undefined =>
  openCanvasRequest(text, { secrets, now: at, maxAgeMs: 5 * minutes })
const open = (text: string): CanvasRequest | undefined => openAt(text, now)
const signText = (encoded: string): string =>
  `${createHmac('sha256', secret).update(encoded).digest('base64')}.${encoded}`

/** The vector of crm.md 2.1. It lacks the organization, which real envelopes always carry. */
const vector = {
  payload:
    'eyJhbGdvcml0aG0iOiJITUFDU0hBMjU2IiwiaXNzdWVkQXQiOjE3NjM3Njk2MDAsInVzZXJJZCI6IjAwNTAwMDAwMDAwMDAwMUFBQSIsImNsaWVudCI6eyJvYXV0aFRva2VuIjoidCIsImluc3RhbmNlVXJsIjoiaHR0cHM6Ly94Lm15LnNhbGVzZm9yY2UuY29tIn19',
  signature: 'P6v5v7zw7uviwMi1/0BKIJBbUId3E/r+pjljtevv480=',
}

const good = signEnvelope(canvasContent(now, { recordId: '0035g00000ABCDEAA4' }), secret)
const [signature = '', payload = ''] = good.split('.')

describe('the signed request of a canvas page', () => {
  it('is signed as the published vector is', () => {
    expect(signText(vector.payload)).toBe(`${vector.signature}.${vector.payload}`)
  })

  it('opens to what the hub needs, and leaves the token behind', () => {
    const request = open(good)
    expect(request).toMatchObject({
      userId: canvasOrg.userId,
      client: { instanceUrl: canvasOrg.instanceUrl },
      context: { organization: { organizationId: canvasOrg.orgId }, user: { language: 'en_US' } },
    })
    expect(JSON.stringify(request)).not.toContain(canvasToken)
    expect(JSON.stringify(request)).not.toContain('rep@acme.test')
  })

  it.each([
    ['another signature', `${signature.startsWith('Q') ? 'R' : 'Q'}${signature.slice(1)}.${payload}`],
    ['a shorter signature', `${signature.slice(0, 8)}.${payload}`],
    ['no signature', `.${payload}`],
    ['another payload', `${signature}.${payload.replace('eyJh', 'eyJi')}`],
    ['the same payload decoded', `${signature}.${Buffer.from(payload, 'base64').toString()}`],
    ['no dot', payload],
    ['nothing', ''],
  ])('refuses %s', (_what, request) => {
    expect(open(good)).toBeDefined()
    expect(open(request)).toBeUndefined()
  })

  it('refuses what is older than its time, or stamped more than a minute ahead', () => {
    expect(openAt(good, now + 299_000)).toBeDefined()
    expect(openAt(good, now + 301_000)).toBeUndefined()
    expect(openAt(good, now - 59_000)).toBeDefined()
    expect(openAt(good, now - 120_000)).toBeUndefined()
  })

  it('takes a stamp in milliseconds too', () => {
    expect(open(signEnvelope({ ...canvasContent(now), issuedAt: now }, secret))).toBeDefined()
  })

  it('holds to both secrets while a rotation lasts, and to neither stranger', () => {
    expect(openAt(good, now, ['new-secret', secret])).toBeDefined()
    expect(openAt(good, now, ['new-secret'])).toBeUndefined()
    expect(openAt(good, now, [])).toBeUndefined()
  })

  it('refuses an envelope beyond the longest, however well it is signed', () => {
    const huge = signEnvelope({ ...canvasContent(now), filler: 'x'.repeat(longestEnvelope) }, secret)
    expect(open(huge)).toBeUndefined()
  })
})
