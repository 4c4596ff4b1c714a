import { describe, expect, it } from 'vitest'
import { createEventDrain } from '../../../hub-server/intake/drain-events.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { anIntake, basic, keys, track } from './an-intake.ts'

const day = 86_400_000

describe('draining', () => {
  it('W04: sets bad events aside with their reason and keeps their neighbours', async (context) => {
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
    const kept = await intake.records('track')
    const lost = ['website:good-1', 'website:good-2'].filter((id) => !(id in kept)).length
    reportFigure(context, {
      check: 'W04',
      claim: 'good events lost beside bad ones',
      value: lost,
      of: 2,
      target: '0',
    })
  })

  it('W06: of seven days of events, three in ten of them told again, each is stored once', async (context) => {
    const clock = createFixedClock('2026-11-01T00:00:00Z')
    await using intake = await anIntake({ clock })
    const [days, each] = [7, 200]
    let stored = 0
    let repeats = 0
    for (let index = 0; index < days; index += 1) {
      const fresh = Array.from({ length: each }, (_, number) => `d${index}-${number}`)
      const earlier = Array.from({ length: index * each }, (_, number) => number)
      const again = earlier
        .filter((number) => (number * 7 + index) % 10 < 3)
        .map((number) => `d${Math.floor(number / each)}-${number % each}`)
      repeats += again.length
      const messages = [...fresh, ...again].map((id) => track(id, { properties: { total: 1 } }))
      for (let at = 0; at < messages.length; at += each)
        await intake.send('/v1/batch', { batch: messages.slice(at, at + each) })
      stored += await intake.work()
      clock.advance(day - 60_000)
    }
    reportFigure(context, {
      check: 'W06',
      claim: 'repeated events stored again within seven days',
      value: stored - days * each,
      of: repeats,
      target: '0',
    })
    expect(repeats).toBeGreaterThan(1000)
    expect(stored).toBe(days * each)
    expect(Object.keys(await intake.records('track'))).toHaveLength(days * each)
  })

  it('W06, W07: drops repetitions for seven days; the first content stays, and sources are independent', async (context) => {
    const clock = createFixedClock('2026-11-01T00:00:00Z')
    await using intake = await anIntake({ clock })
    const app = { headers: { authorization: basic(keys.app) } }
    await intake.send('/v1/track', track('m', { properties: { total: 1 } }))
    await intake.send('/v1/track', track('m', { properties: { total: 2 } }), app)
    await intake.work()
    for (let index = 1; index <= 7; index += 1) {
      clock.advance(day - 1000)
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
    reportFigure(context, {
      check: 'W07',
      claim: 'events of one source dropped for those of another with the same message id',
      value: 2 - Object.keys(records).length,
      of: 2,
      target: '0',
    })
    expect(intake.spool.fates()).toEqual([
      { source: 'app', fate: 'stored', count: 1 },
      { source: 'website', fate: 'differing', count: 1 },
      { source: 'website', fate: 'repeated', count: 7 },
      { source: 'website', fate: 'stored', count: 1 },
    ])
    clock.advance(2 * day)
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
    const dying = createEventDrain({
      spool: {
        ...intake.spool,
        settle() {
          throw new Error('killed')
        },
      },
      profiles: intake.profiles,
      newRunId: () => 'dying',
      clock: systemClock,
    })
    await expect(dying.drain()).rejects.toThrow('killed')
    await intake.send('/v1/track', track('m1'))
    await intake.work()
    expect(Object.keys(await intake.records('track'))).toHaveLength(3)
    expect(intake.spool.waitingBytes()).toBe(0)
  })

  it('ends though its senders are faster, and leaves what came meanwhile to the next', async () => {
    await using intake = await anIntake()
    let sent = 1
    await intake.send('/v1/track', track('m1'))
    const slow = createEventDrain({
      spool: intake.spool,
      profiles: {
        async writePage(page) {
          sent += 1
          await intake.send('/v1/track', track(`m${sent}`))
          return intake.profiles.writePage(page)
        },
      },
      newRunId: () => 'slow',
      clock: systemClock,
    })
    expect(await slow.drain()).toBe(1)
    expect(intake.spool.waitingBytes()).toBeGreaterThan(0)
    await intake.work()
    expect(Object.keys(await intake.records('track'))).toHaveLength(2)
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
      return await intake.duckdb.all(
        `SELECT identifier_user_id, trait_plan, trait_city, list(struct_pack(t := epoch_ms(e.time), a := e.property_amount) ORDER BY e.time) AS events
         FROM profile JOIN event e USING (profile_id) GROUP BY ALL ORDER BY 1`,
      )
    }
    const expected = await outcome(sorted, 40)
    expect(await outcome(sorted.toReversed(), 7)).toEqual(expected)
    expect(await outcome(calls, 13)).toEqual(expected)
  })
})
