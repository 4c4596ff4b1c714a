import { array, assert, jsonValue, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readEventCall } from '../../../core/event/read-event-call.ts'

const receivedAt = Date.parse('2026-11-22T12:00:00Z')
const read = (event: object, route = 'track') =>
  readEventCall({ route, body: JSON.parse(JSON.stringify(event)), receivedAt })
const reasonOf = (event: object, route?: string): string | undefined => {
  const [first] = read(event, route)
  return first?.kind === 'refused' ? first.reason : first?.kind
}

describe('reading a call', () => {
  it('gives one result for each event, whatever the JSON is', () => {
    assert(
      property(array(jsonValue({ maxDepth: 4 })), (batch) => {
        const body = JSON.parse(JSON.stringify({ batch }))
        expect(readEventCall({ route: 'batch', body, receivedAt })).toHaveLength(batch.length)
      }),
    )
  })

  it('gives what the batch tells to each event, unless the event tells otherwise', () => {
    const body = {
      batch: [{ type: 'page', userId: 1, context: { ip: '192.0.2.1' } }],
      context: { ip: '192.0.2.2', app: 'shop' },
      sentAt: '2026-11-22T11:59:59Z',
    }
    expect(readEventCall({ route: 'import', body, receivedAt })).toMatchObject([
      { kind: 'event', call: 'page', content: { context: { ip: '192.0.2.1', app: 'shop' }, userId: 1 } },
    ])
  })

  it('looks into what the batch tells as well', () => {
    const body = JSON.parse('{"batch":[{"type":"page","userId":"u"}],"context":{"__proto__":{"admin":true}}}')
    expect(readEventCall({ route: 'batch', body, receivedAt })).toMatchObject([{ reason: 'prototype_key' }])
  })

  it.each([
    [
      'a constructor of cars',
      { event: 'Race', userId: 'u', properties: { constructor: 'Ferrari' } },
      'event',
    ],
    ['the way to all objects', { event: 'e', userId: 'u', constructor: { prototype: {} } }, 'prototype_key'],
    ['a lone surrogate in a name', { event: 'e', userId: 'u', properties: { '\udc00': 1 } }, 'not_unicode'],
    ['exactly 32 KB', { event: 'e', userId: 'u', p: 'x'.repeat(32_768 - 33) }, 'event'],
    ['one byte more', { event: 'e', userId: 'u', p: 'x'.repeat(32_768 - 32) }, 'too_large'],
    ['32 KB in fewer characters', { event: 'e', userId: 'u', p: '€'.repeat(11_000) }, 'too_large'],
    ['an id that is an object', { event: 'e', userId: { $gt: '' } }, 'nobody'],
    ['a message id that is a list', { event: 'e', userId: 'u', messageId: [] }, 'invalid_message_id'],
    [
      'integrations that leave the hub out',
      { event: 'e', userId: 'u', integrations: { All: false } },
      'declined',
    ],
  ])('judges %s', (_what, event, expected) => {
    expect(reasonOf(event)).toBe(expected)
  })

  it.each([
    ['alias', { userId: 'u' }, 'nobody'],
    ['group', { userId: 'u' }, 'no_name'],
    ['identify', {}, 'nobody'],
    ['batch', { batch: 'x' }, 'no_batch'],
  ])('asks of %s what it must tell', (route, event, expected) => {
    expect(reasonOf(event, route)).toBe(expected)
  })
})
