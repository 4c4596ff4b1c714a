import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Customer } from 'google-ads-api'
import protobuf from 'protobufjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../../core/port/json.ts'
import { faultsOfMessage } from '../../support/proto-faults.ts'
import { openGoogleAds, type OpenGoogleAds } from './open-google-ads.ts'

// Changes as the actions hand them to the SDK, against Google's protos inside of google-ads-node 25.1.0 (MIT). The SDK drops a name that
// is not in them without a word, so what arrives at a server proves nothing.
const require = createRequire(import.meta.url)
const adsNode = createRequire(require.resolve('google-ads-api')).resolve('google-ads-node')
const protos = protobuf.Root.fromJSON(require(join(dirname(adsNode), '..', 'protos', 'protos.json')))
const change = protos.lookupType('google.ads.googleads.v25.services.MutateOperation')

let ads: OpenGoogleAds
let audience: string
beforeEach(async () => {
  ads = await openGoogleAds({ changes: true })
  audience = (await ads.lists.create({ name: 'Buyers' })).externalId
  ads.sandbox.budgets.set('31', {
    id: '31',
    name: 'Autumn',
    period: 'DAILY',
    explicitlyShared: false,
    referenceCount: 1,
    amountMicros: 50_000_000,
  })
})
afterEach(async () => {
  vi.restoreAllMocks()
  await ads.sandbox.close()
})

/** What is wrong with the changes of an action; nothing is the right answer. */
async function faultsOf(action: string, input: JsonObject): Promise<unknown[]> {
  const sent = vi.spyOn(Customer.prototype, 'mutateResources')
  await ads.act(action, input)
  const operations = sent.mock.calls.flatMap(([mutations]) => mutations)
  expect(operations.length).toBeGreaterThan(0)
  return operations.flatMap(({ entity, operation = 'create', resource }) =>
    faultsOfMessage(change, { [`${entity}_operation`]: { [operation]: toJson(resource) } }),
  )
}

/** Numbers of 64 bits as JSON writes them, which is how they come back. */
const toJson = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, each: unknown) => (typeof each === 'number' ? String(each) : each)))

describe('google-ads: changes against the published protos', () => {
  it('knows a wrong name, else it would prove nothing', () => {
    const wrong = { user_list_operation: { create: { lookalike_user_list: { seeds: [] } } } }
    expect(faultsOfMessage(change, wrong)).toContain('user_list_operation.create.lookalike_user_list.seeds')
  })

  it('exclusions of an audience, new ones and in place of a target', async () => {
    ads.sandbox.criteria.push({ level: 'campaign', owner: '11', id: '5', list: audience, negative: false })
    const input = { audience_id: audience, campaign_ids: ['11', '12'], ad_group_ids: ['21'] }
    expect(await faultsOf('exclude_audience', input)).toEqual([])
  })

  it('a lookalike', async () => {
    const input = { name: 'Like', seed_audience_ids: [audience], countries: ['FR'], allow_small: true }
    expect(await faultsOf('create_lookalike', input)).toEqual([])
  })

  it('a budget', async () => {
    expect(await faultsOf('set_budget', { budget_id: '31', daily_amount: 60 })).toEqual([])
  })
})
