import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConnector } from '../../../connectors/registry.ts'
import { aDeliveryStoreBench, type DeliveryStoreBench } from '../../support/a-delivery-store.ts'
import { people, putMembers } from '../../support/a-delivery-workspace.ts'

let bench: DeliveryStoreBench
beforeEach(async () => {
  bench = await aDeliveryStoreBench()
})
afterEach(() => bench.duckdb.close())

const ads = { consent: { purpose: 'marketing', channel: 'ads' } }
const email = [{ purpose: 'marketing', channel: 'email' }]

/** What each of three people would be sent in a field filled from the consent to ads: one granted, one denied, one undecided. */
async function sentFor(slug: string, kind: string, field: string, change: Record<string, unknown> = {}) {
  const connector = await loadConnector(slug)
  const destination = connector.destinations.find((each) => each.kind === kind)
  if (!destination) throw new TypeError(`${slug} has a ${kind}`)
  await putMembers(bench.duckdb, [
    { id: 1, consent: 'granted' },
    { id: 2, consent: 'denied' },
    { id: 3, consent: null },
  ])
  await bench.duckdb.run(`UPDATE profile SET consent_marketing__email = 'granted'`)
  const plan = await bench.plan({
    sync: { fields: { email: { identifier: 'email' }, [field]: ads }, consent: email, ...change },
    destination: {
      ...destination,
      fields: { ...destination.fields, email: { type: 'text', description: '', matches: 'email' } },
    },
  })
  const rows = await bench.store.sample(plan.runId, 10)
  return rows.map(({ fields }) => fields[field])
}

describe('what platforms are told of consent', () => {
  it.each([
    ['google-ads', 'customer_match', 'ad_user_data'],
    ['google-ads', 'customer_match', 'ad_personalization'],
    ['ga4', 'segment_events', 'ad_user_data_consent'],
  ])(
    '%s %s %s comes from the ledger; undecided is said, so that no default speaks for the person',
    async (slug, kind, field) => {
      expect(await sentFor(slug, kind, field)).toEqual(['granted', 'denied', 'unknown'])
    },
  )

  it('Limited Data Use of Meta comes from the ledger; undecided leaves it to the connection', async () => {
    expect(await sentFor('meta', 'custom_audience', 'DATA_PROCESSING_OPTIONS')).toEqual([
      'granted',
      'denied',
      undefined,
    ])
  })

  it('a change of the ledger changes the row, so the platform is told', async () => {
    const sync = { fields: { email: { identifier: 'email' }, name: ads }, consent: email }
    await putMembers(bench.duckdb, people(1))
    await bench.duckdb.run(`UPDATE profile SET consent_marketing__email = 'granted'`)
    await bench.deliver({ sync })
    await bench.duckdb.run(`UPDATE profile SET consent_marketing__ads = 'denied'`)
    const { plan, sent } = await bench.deliver({ sync })
    expect([plan.updates, sent]).toEqual([1, ['update p_1']])
  })
})

describe('a destination without a rule about consent', () => {
  it.each([
    ['hubspot', 'static_list'],
    ['hubspot', 'email_opt_out'],
    ['salesforce', 'email_opt_out'],
    ['meta', 'custom_audience'],
    ['google-ads', 'customer_match'],
    ['ga4', 'segment_events'],
  ])('is closed: %s %s', async (slug, kind) => {
    const connector = await loadConnector(slug)
    const destination = connector.destinations.find((each) => each.kind === kind)
    await putMembers(bench.duckdb, people(3))
    const plan = await bench.plan({
      sync: { consent: undefined, mode: 'add_only' },
      ...(destination && { destination }),
    })
    expect(destination, 'the destination exists').toBeDefined()
    expect(plan).toMatchObject({ desired: 0, adds: 0, withheld: { consent_unmapped: 3 } })
  })
})
