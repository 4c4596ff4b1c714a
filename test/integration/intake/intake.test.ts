import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { httpRequest } from '../../support/http-request.ts'
import { anIntake, basic, keys, type IntakeUnderTest } from './an-intake.ts'

const day = 86_400_000
const track = (messageId: string, more: object = {}): object => ({
  type: 'track',
  event: 'Order Completed',
  userId: 'u1',
  messageId,
  ...more,
})

function sendBytes(
  intake: IntakeUnderTest,
  body: Uint8Array,
  headers: Record<string, string>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${intake.server.url}/v1/batch`,
      { method: 'POST', agent: false, headers: { authorization: basic(keys.website), ...headers } },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      },
    )
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

describe('the tracking API', () => {
  it('takes every route, long and short, and keeps each call durably before it answers', async () => {
    await using intake = await anIntake()
    const long = ['track', 'identify', 'page', 'screen', 'group', 'alias']
    const body = { userId: 'u', event: 'e', groupId: 'g', previousId: 'p' }
    for (const name of [...long, ...long.map((route) => route.slice(0, 1))]) {
      const answer = await intake.send(`/v1/${name}`, body)
      expect([answer.status, answer.json], name).toEqual([200, { success: true }])
    }
    for (const name of ['batch', 'import', 'b'])
      expect((await intake.send(`/v1/${name}`, { batch: [track('m')] })).status, name).toBe(200)
    expect(intake.spool.waiting(1e9)).toHaveLength(15)
    expect(intake.wakes()).toBe(15)
    expect(await intake.work()).toBe(13)
  })

  it('answers analytics.js: its settings, its metrics, and what browsers ask before', async () => {
    await using intake = await anIntake()
    const settings = await httpRequest(`${intake.server.url}/v1/projects/${keys.website}/settings`)
    expect(settings.json).toMatchObject({ integrations: { 'Segment.io': { apiKey: keys.website } } })
    expect((await intake.send('/v1/m', { series: [] })).json).toEqual({ success: true })
    const asked = await intake.send('/v1/t', '', { method: 'OPTIONS' })
    expect([
      asked.status,
      asked.headers['access-control-allow-origin'],
      asked.headers['access-control-max-age'],
    ]).toEqual([204, '*', '86400'])
    expect(asked.headers['access-control-allow-headers']).toContain('Authorization')
    const plain = { authorization: '', 'content-type': 'text/plain', host: 'hub.example.com' }
    const told = await intake.send('/v1/t', { ...track('m'), writeKey: keys.website }, { headers: plain })
    expect(told.status).toBe(401)
    const { authorization: _none, ...headers } = plain
    const answer = await httpRequest(`${intake.server.url}/v1/t`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ ...track('m'), writeKey: keys.website }),
    })
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, '*'])
    await intake.work()
    expect(JSON.stringify(await intake.records('track'))).not.toContain(keys.website)
  })

  it.each([
    ['no key', undefined, {}],
    ['an unknown key', basic('wk_other'), {}],
    ['an unknown key in the body', undefined, { writeKey: 'wk_other' }],
    ['an empty key', basic(''), {}],
    ['a key that is an object', undefined, { writeKey: { toString: 'x' } }],
  ])('refuses %s with 401', async (_what, authorization, more) => {
    await using intake = await anIntake()
    const answer = await httpRequest(`${intake.server.url}/v1/track`, {
      method: 'POST',
      headers: authorization === undefined ? {} : { authorization },
      body: JSON.stringify({ ...track('m'), ...more }),
    })
    expect([answer.status, intake.spool.waiting(1e9)]).toEqual([401, []])
  })

  it('takes a key as bearer', async () => {
    await using intake = await anIntake()
    const headers = { authorization: `Bearer ${keys.app}` }
    expect((await intake.send('/v1/track', track('m'), { headers })).status).toBe(200)
  })

  it.each(['{', '"text"', '', 'null', '[1'])('refuses the body %j with 400', async (body) => {
    await using intake = await anIntake()
    expect((await intake.send('/v1/track', body)).status).toBe(400)
  })

  it('takes 500 KB and one byte, reads gzip, and refuses a bomb and 10 MB with 413', async () => {
    await using intake = await anIntake()
    const batch = Array.from({ length: 25 }, (_, index) =>
      track(`m${index}`, { properties: { text: 'x'.repeat(20_500) } }),
    )
    const large = JSON.stringify({ batch })
    expect(large.length).toBeGreaterThan(512_000)
    expect((await intake.send('/v1/batch', large)).status).toBe(200)
    const gzip = { 'content-encoding': 'gzip' }
    expect(await sendBytes(intake, gzipSync(JSON.stringify({ batch: [track('zipped')] })), gzip)).toBe(200)
    expect(await sendBytes(intake, gzipSync(Buffer.alloc(200 * 1024 ** 2)), gzip)).toBe(413)
    expect(await sendBytes(intake, Buffer.from('no gzip'), gzip)).toBe(400)
    expect((await intake.send('/v1/batch', ' '.repeat(10 * 1024 ** 2))).status).toBe(413)
    expect(await intake.work()).toBe(26)
  })

  it('asks to wait with 429 and whole seconds when too much waits, and takes again when it was drained', async () => {
    await using intake = await anIntake({ limits: { waitingBytes: 400 } })
    const statuses: number[] = []
    for (let index = 0; index < 10; index += 1) {
      const answer = await intake.send('/v1/track', track(`m${index}`))
      statuses.push(answer.status)
      if (answer.status === 429) expect(answer.headers['retry-after']).toMatch(/^[1-9]\d{0,2}$/)
    }
    expect(new Set(statuses)).toEqual(new Set([200, 429]))
    const taken = statuses.filter((status) => status === 200).length
    expect(await intake.work()).toBe(taken)
    expect((await intake.send('/v1/track', track('later'))).status).toBe(200)
  })

  it('answers 503 when it cannot keep, acknowledges nothing, and says why in the log', async () => {
    await using intake = await anIntake({
      beforeKeep() {
        throw new Error('no space left')
      },
    })
    const answer = await intake.send('/v1/track', track('m'))
    expect([
      answer.status,
      answer.headers['retry-after'],
      answer.headers['access-control-allow-origin'],
    ]).toEqual([503, '10', '*'])
    expect(intake.spool.waiting(1e9)).toEqual([])
    expect(intake.lines.join('')).toContain('events_refused')
  })

  it('refuses other methods', async () => {
    await using intake = await anIntake()
    const answer = await httpRequest(`${intake.server.url}/v1/track`)
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST, OPTIONS'])
  })
})

describe('draining', () => {
  it('sets bad events aside with their reason and keeps their neighbours', async () => {
    await using intake = await anIntake()
    const batch = [
      track('good-1'),
      track('huge', { properties: { field: 'x'.repeat(2_000_000) } }),
      track('surrogate', { properties: { name: '\ud800' } }),
      track('deep', { properties: 'DEEP' }),
      track('past', { timestamp: '1969-01-01T00:00:00Z' }),
      track('future', { timestamp: '9999-12-31T23:59:59Z' }),
      track('when', { timestamp: 'yesterday' }),
      { ...track('nobody'), userId: undefined },
      { ...track('nameless'), event: '' },
      { type: 'dance', userId: 'u' },
      null,
      track('nul\0'),
      track('good-2'),
    ]
    const deep = `${'['.repeat(9000)}${']'.repeat(9000)}`
    const text = JSON.stringify({ batch }).replace('"DEEP"', deep)
    const hostile = `${text.slice(0, -2)},{"type":"track","event":"e","userId":"u","__proto__":{"admin":true}}]}`
    expect((await intake.send('/v1/batch', hostile)).status).toBe(200)
    expect(await intake.work()).toBe(2)
    expect(Object.keys(await intake.records('track')).toSorted()).toEqual([
      'website:good-1',
      'website:good-2',
    ])
    const codes = (await intake.quarantined()).map(({ code }) => code)
    expect(codes.toSorted()).toEqual(
      [
        'too_large',
        'not_unicode',
        'too_deep',
        'hostile_clock',
        'hostile_clock',
        'unreadable_time',
        'nobody',
        'no_name',
        'unknown_call',
        'no_object',
        'invalid_message_id',
        'prototype_key',
      ].toSorted(),
    )
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  })

  it('drops repetitions for seven days; the first content stays, and sources are independent', async () => {
    const clock = createFixedClock('2026-11-01T00:00:00Z')
    await using intake = await anIntake({ clock })
    const app = { headers: { authorization: basic(keys.app) } }
    await intake.send('/v1/track', track('m', { properties: { total: 1 } }))
    await intake.send('/v1/track', track('m', { properties: { total: 2 } }), app)
    await intake.work()
    for (let index = 1; index <= 7; index += 1) {
      await clock.advance(day - 1000)
      await intake.send(
        '/v1/track',
        track('m', { properties: { total: 1 }, sentAt: new Date(clock.now()).toISOString() }),
      )
      expect(await intake.work()).toBe(0)
    }
    await intake.send('/v1/track', track('m', { properties: { total: 3 } }))
    expect(await intake.work()).toBe(0)
    const records = await intake.records('track')
    expect(records['website:m']).toMatchObject({ properties: { total: 1 } })
    expect(records['app:m']).toMatchObject({ properties: { total: 2 } })
    expect(intake.spool.fates()).toEqual([
      { source: 'app', fate: 'stored', count: 1 },
      { source: 'website', fate: 'differing', count: 1 },
      { source: 'website', fate: 'repeated', count: 7 },
      { source: 'website', fate: 'stored', count: 1 },
    ])
    await clock.advance(2 * day)
    await intake.work()
    await intake.send('/v1/track', track('m', { properties: { total: 4 } }))
    await intake.work()
    expect(Object.keys(await intake.records('track'))).toHaveLength(2)
  })

  it('stores each event once when it died between the warehouse and the spool', async () => {
    await using intake = await anIntake()
    await intake.send('/v1/batch', {
      batch: [track('m1'), track('m2'), { ...track('x'), messageId: undefined }],
    })
    const { settle } = intake.spool
    Object.assign(intake.spool, {
      settle() {
        throw new Error('killed')
      },
    })
    await expect(intake.drain.drain()).rejects.toThrow('killed')
    Object.assign(intake.spool, { settle })
    await intake.send('/v1/track', track('m1'))
    await intake.work()
    expect(Object.keys(await intake.records('track'))).toHaveLength(3)
    expect(intake.spool.waitingBytes()).toBe(0)
  })

  it('corrects the clock of the sender and says how it found the time', async () => {
    const clock = createFixedClock('2026-11-01T12:00:00Z')
    await using intake = await anIntake({ clock })
    await intake.send('/v1/batch', {
      sentAt: '2024-01-01T10:00:10Z',
      batch: [track('slow', { timestamp: '2024-01-01T10:00:00Z' })],
    })
    await intake.send('/v1/track', track('ahead', { timestamp: '2026-11-02T03:00:00+02:00' }))
    await intake.send('/v1/track', track('none'), { headers: { 'x-retry-count': '2' } })
    await intake.work()
    const records = await intake.records('track')
    expect(records['website:slow']).toMatchObject({
      timestamp: '2026-11-01T11:59:50.000Z',
      originalTimestamp: '2024-01-01T10:00:00Z',
      clock: 'corrected',
    })
    expect(records['website:ahead']).toMatchObject({
      timestamp: '2026-11-01T12:00:00.000Z',
      clock: 'clamped',
    })
    expect(records['website:none']).toMatchObject({ clock: 'received', retryCount: 2 })
  })

  it('keeps away what its integrations say is not for the hub', async () => {
    await using intake = await anIntake()
    const batch = [
      track('all', { integrations: { All: false } }),
      track('own', { integrations: { All: false, Affluent: true } }),
      track('not', { integrations: { Affluent: false } }),
    ]
    await intake.send('/v1/batch', { batch, context: { app: 'shop' } })
    expect(await intake.work()).toBe(1)
    expect((await intake.records('track'))['website:own']).toMatchObject({ context: { app: 'shop' } })
  })

  it('gives the same profiles and events whatever the order in which calls came', async () => {
    const clock = createFixedClock('2026-11-10T12:00:00Z')
    const calls = Array.from({ length: 40 }, (_, index) => {
      const timestamp = new Date(clock.now() - ((index * 7919) % 173_000) * 1000).toISOString()
      const common = { userId: `u${index % 3}`, messageId: `m${index}`, timestamp }
      return index % 2 === 0
        ? {
            ...common,
            type: 'identify',
            traits: { plan: `plan-${index}`, ...(index % 3 === 0 && { city: `c${index}` }) },
          }
        : { ...common, type: 'track', event: 'Order Completed', properties: { total: index } }
    })
    const sorted = calls.toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1))
    const outcome = async (order: readonly object[], pieces: number): Promise<unknown> => {
      await using intake = await anIntake({ clock })
      for (let from = 0; from < order.length; from += pieces) {
        await intake.send('/v1/batch', { batch: order.slice(from, from + pieces) })
        await intake.work()
      }
      return intake.duckdb.all(
        `SELECT identifier_user_id, trait_plan, trait_city, list(struct_pack(t := epoch_ms(e.time), a := e.property_amount) ORDER BY e.time) AS events
         FROM profile JOIN event e USING (profile_id) GROUP BY ALL ORDER BY 1`,
      )
    }
    const expected = await outcome(sorted, 40)
    expect(await outcome(sorted.toReversed(), 7)).toEqual(expected)
    expect(await outcome(calls, 13)).toEqual(expected)
  })
})
