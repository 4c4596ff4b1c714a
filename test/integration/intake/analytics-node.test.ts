import { Analytics } from '@segment/analytics-node'
import { describe, expect, it } from 'vitest'
import { reportFigure } from '../../support/report-figure.ts'
import { anIntake, keys, type IntakeUnderTest } from './an-intake.ts'

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
    analytics.identify({ userId: 'u1', traits: { email: 'ada@example.com', plan: 'pro' } })
    analytics.track({
      userId: 'u1',
      event: 'Order Completed',
      properties: { total: 12.5, list: [1, { a: 'é' }] },
      messageId: 'order-1',
    })
    analytics.page({ userId: 'u1', name: 'Home', category: 'shop', properties: { url: 'https://x.example' } })
    analytics.screen({ anonymousId: 'a1', name: 'Start' })
    analytics.group({ userId: 'u1', groupId: 'g1', traits: { name: 'ACME' } })
    analytics.alias({ userId: 'u1', previousId: 'a1' })
    await analytics.closeAndFlush()
    expect(failed).toEqual([])
    expect(await intake.work()).toBe(6)
    const calls = ['identify', 'track', 'page', 'screen', 'group', 'alias']
    const counts = await Promise.all(
      calls.map(async (call) => Object.keys(await intake.records(call)).length),
    )
    const stored = counts.reduce((sum, count) => sum + count, 0)
    reportFigure(context, {
      check: 'W01',
      claim: 'calls of an unmodified client not stored as told',
      value: 6 - stored + failed.length,
      of: 6,
      target: '0',
    })
    expect(counts).toEqual([1, 1, 1, 1, 1, 1])
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
