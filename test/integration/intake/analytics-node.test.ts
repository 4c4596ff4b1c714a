import { isDeepStrictEqual } from 'node:util'
import { Analytics } from '@segment/analytics-node'
import { describe, expect, it } from 'vitest'
import { reportFigure } from '../../support/report-figure.ts'
import { anIntake, keys, type IntakeUnderTest } from './an-intake.ts'

/** One of each call that the client has. */
const told = {
  identify: { userId: 'u1', traits: { email: 'ada@example.com', plan: 'pro' } },
  track: {
    userId: 'u1',
    event: 'Order Completed',
    properties: { total: 12.5, list: [1, { a: 'é' }] },
    messageId: 'order-1',
  },
  // The client itself also puts the category among the properties.
  page: {
    userId: 'u1',
    name: 'Home',
    category: 'shop',
    properties: { url: 'https://x.example', category: 'shop' },
  },
  screen: { anonymousId: 'a1', name: 'Start' },
  group: { userId: 'u1', groupId: 'g1', traits: { name: 'ACME' } },
  alias: { userId: 'u1', previousId: 'a1' },
}

/** Segment's own client, as its users install it. */
function client(intake: IntakeUnderTest, more: { maxRetries?: number } = {}): Analytics {
  return new Analytics({ writeKey: keys.website, host: intake.server.url, flushAt: 3, ...more })
}

describe("Segment's own Node client", () => {
  it('W01: has all its calls taken and stored as it told them', async (context) => {
    await using intake = await anIntake()
    const analytics = client(intake)
    const failed: unknown[] = []
    analytics.on('error', (error) => failed.push(error))
    analytics.identify(told.identify)
    analytics.track(told.track)
    analytics.page(told.page)
    analytics.screen(told.screen)
    analytics.group(told.group)
    analytics.alias(told.alias)
    await analytics.closeAndFlush()
    expect(failed).toEqual([])
    expect(await intake.work()).toBe(6)
    const calls = Object.entries(told)
    const stored = await Promise.all(calls.map(async ([call]) => Object.values(await intake.records(call))))
    const fields = calls.flatMap(([, fieldsOf], index) =>
      Object.entries(fieldsOf).map(([name, value]) => isDeepStrictEqual(stored[index]?.[0]?.[name], value)),
    )
    const missing = calls.length - stored.flat().length + failed.length
    const differing = fields.filter((isEqual) => !isEqual).length
    const figures = [
      ['calls of an unmodified client not stored', missing, calls.length],
      ['fields of these calls that differ from what was told', differing, fields.length],
    ] as const
    for (const [claim, value, of] of figures)
      reportFigure(context, { check: 'W01', claim, value, of, target: '0' })
    expect([stored.map((records) => records.length), differing]).toEqual([[1, 1, 1, 1, 1, 1], 0])
    expect((await intake.records('track'))['website:order-1']).toMatchObject({
      type: 'track',
      event: 'Order Completed',
      userId: 'u1',
      properties: { total: 12.5, list: [1, { a: 'é' }] },
      source: 'website',
      clock: 'corrected',
      context: { library: { name: '@segment/analytics-node' } },
    })
  })

  it('becomes profiles and events by the mappings', async () => {
    await using intake = await anIntake()
    const analytics = client(intake)
    analytics.screen({ anonymousId: 'a1', name: 'Start' })
    analytics.identify({ userId: 'u1', traits: { email: 'Ada@Example.com', plan: 'pro' } })
    analytics.track({ userId: 'u1', event: 'Order Completed', properties: { total: 12.5 } })
    analytics.alias({ userId: 'u1', previousId: 'a1' })
    await analytics.closeAndFlush()
    await intake.work()
    const rows = await intake.duckdb.all(
      `SELECT p.trait_plan AS plan, p.identifier_email AS email, count(e.*) AS events FROM profile p
       LEFT JOIN event e USING (profile_id) GROUP BY ALL`,
    )
    expect(rows).toEqual([{ plan: 'pro', email: 'ada@example.com', events: 1n }])
  })

  it('sends a batch again after a refusal, and each event is stored once', async () => {
    let failures = 1
    await using intake = await anIntake({
      beforeKeep() {
        failures -= 1
        if (failures === 0) throw new Error('the disk is full')
      },
    })
    const analytics = client(intake, { maxRetries: 3 })
    analytics.track({ userId: 'u1', event: 'Order Completed', messageId: 'm1' })
    await analytics.closeAndFlush({ timeout: 5_000 })
    expect(await intake.work()).toBe(1)
    expect(Object.keys(await intake.records('track'))).toEqual(['website:m1'])
  })
})
