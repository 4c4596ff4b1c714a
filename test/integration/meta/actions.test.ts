import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startMetaSandbox, type MetaSandbox } from '../../../connectors/meta/sandbox/meta-sandbox.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { connectMeta, graph, never, startAt, type MetaConnection } from './graph.ts'

let clock: FixedClock
let sandbox: MetaSandbox
let meta: MetaConnection
beforeEach(async () => {
  clock = createFixedClock(startAt)
  sandbox = await startMetaSandbox({ clock })
  meta = connectMeta(sandbox.url, {}, clock)
})
afterEach(() => sandbox.close())

async function run(name: string, input: JsonObject): Promise<JsonObject> {
  const action = meta.connection.action(name)
  if (!action) throw new Error(`there is no action ${name}`)
  return action.run(input)
}

/** An audience with so many members, a day old. */
async function openOrigin(members = 150): Promise<string> {
  const audience = await meta.audiences.create({ name: 'Best customers' })
  const records = Array.from({ length: members }, (_, each) => ({
    fields: { EMAIL: `p${each}@example.com` },
  }))
  await meta.audiences.add({ audience, records, signal: never })
  clock.advance(25 * 3_600_000)
  return audience.externalId
}
const idOf = (made: JsonObject): string => (typeof made['id'] === 'string' ? made['id'] : '')
const posts = (): number => sandbox.requests.filter(({ method }) => method === 'POST').length

describe('meta: create_lookalike (1.3)', () => {
  it('makes a band for several countries, once', async () => {
    const input = {
      name: 'Like the best',
      origin_audience_id: await openOrigin(),
      ratio: 0.02,
      starting_ratio: 0.01,
      countries: ['DE', 'AT'],
    }
    const made = await run('create_lookalike', input)
    expect(made).toMatchObject({ name: 'Like the best', created: true })
    expect(sandbox.audiences.get(idOf(made))).toMatchObject({
      subtype: 'LOOKALIKE',
      originId: input.origin_audience_id,
      lookalikeSpec:
        '{"ratio":0.02,"starting_ratio":0.01,"location_spec":{"geo_locations":{"countries":["DE","AT"]}}}',
      statusCode: 441,
    })
    expect(await run('create_lookalike', input)).toEqual({ ...made, created: false })
    expect(sandbox.audiences.size).toBe(2)
  })

  it('makes one by type for one country', async () => {
    const origin_audience_id = await openOrigin()
    const input = { name: 'Reach', origin_audience_id, type: 'reach', countries: ['FR'] }
    const made = await run('create_lookalike', { ...input, allow_international_seeds: true })
    expect(sandbox.audiences.get(idOf(made))?.lookalikeSpec).toBe(
      '{"type":"reach","country":"FR","allow_international_seeds":true}',
    )
  })

  it.each([
    ['a ratio above 0.20', { ratio: 0.21 }],
    ['a ratio between the steps', { ratio: 0.015 }],
    ['neither ratio nor type', {}],
    ['both ratio and type', { ratio: 0.01, type: 'reach' }],
    ['a band that ends where it starts', { ratio: 0.02, starting_ratio: 0.02 }],
    ['a band without its end', { type: 'reach', starting_ratio: 0.01 }],
    ['no country', { ratio: 0.01, countries: [] }],
    ['a country by its name', { ratio: 0.01, countries: ['Germany'] }],
  ])('refuses %s before anything is sent', async (_, part) => {
    const input = { name: 'x', origin_audience_id: '1', countries: ['DE'], ...part }
    await expect(run('create_lookalike', input)).rejects.toBeInstanceOf(z.ZodError)
    expect(sandbox.requests).toEqual([])
  })

  it('takes every ratio from 0.01 to 0.20', () => {
    const input = meta.connection.action('create_lookalike')?.input
    for (let step = 1; step <= 20; step += 1) {
      const wanted = { name: 'x', origin_audience_id: '1', countries: ['DE'], ratio: step / 100 }
      expect(input?.safeParse(wanted).success, `${step} %`).toBe(true)
    }
  })

  it('refuses an origin that is too small, and makes nothing', async () => {
    const origin_audience_id = await openOrigin(99)
    const before = posts()
    const input = { name: 'x', origin_audience_id, ratio: 0.01, countries: ['DE'] }
    await expect(run('create_lookalike', input)).rejects.toMatchObject({ code: 'platform.audience_unusable' })
    expect(posts()).toBe(before)
  })

  it('is never taken for the customer list of the same name', async () => {
    const origin_audience_id = await openOrigin()
    await run('create_lookalike', { name: 'Twin', origin_audience_id, ratio: 0.01, countries: ['DE'] })
    expect(await meta.audiences.find({ name: 'Twin' })).toBeNull()
  })

  it('holds the sandbox to the rules, too', async () => {
    const origin_audience_id = await openOrigin()
    const create = (lookalike_spec: unknown) =>
      graph(sandbox, 'POST', 'act_1234567890/customaudiences', {
        name: 'x',
        subtype: 'LOOKALIKE',
        origin_audience_id,
        lookalike_spec,
      })
    expect((await create({ ratio: 0.01, country: 'DE' })).status).toBe(400)
    expect((await create('{"ratio":0.3,"country":"DE"}')).status).toBe(400)
    expect((await create('{"ratio":0.01,"starting_ratio":0.02,"country":"DE"}')).status).toBe(400)
    expect((await create('{"ratio":0.01,"country":"DE"}')).status).toBe(200)
  })
})

describe('meta: exclude_audience (1.5)', () => {
  const adset_id = '120210000000000001'
  const targeting = {
    age_min: 25,
    geo_locations: { countries: ['DE'], location_types: ['home'] },
    custom_audiences: [{ id: '11', name: 'In' }],
    excluded_custom_audiences: [{ id: '12', name: 'Out' }],
    targeting_automation: { advantage_audience: 1, individual_setting: { age: 1 } },
  }

  it('adds the exclusion and leaves all other targeting as it is; run again it writes nothing', async () => {
    sandbox.adSets.set(adset_id, targeting)
    expect(await run('exclude_audience', { adset_id, audience_id: '13' })).toEqual({
      adset_id,
      changed: true,
    })
    expect(sandbox.adSets.get(adset_id)).toEqual({
      ...targeting,
      excluded_custom_audiences: [{ id: '12', name: 'Out' }, { id: '13' }],
    })
    expect(await run('exclude_audience', { adset_id, audience_id: '13' })).toEqual({
      adset_id,
      changed: false,
    })
    expect(posts()).toBe(1)
  })

  it('says advantage_audience where an old ad set does not, and says it off', async () => {
    sandbox.adSets.set(adset_id, { age_min: 25 })
    await run('exclude_audience', { adset_id, audience_id: '13' })
    expect(sandbox.adSets.get(adset_id)).toEqual({
      age_min: 25,
      excluded_custom_audiences: [{ id: '13' }],
      targeting_automation: { advantage_audience: 0 },
    })
  })

  it('only has it checked when asked to', async () => {
    sandbox.adSets.set(adset_id, targeting)
    const input = { adset_id, audience_id: '13', validate_only: true }
    expect(await run('exclude_audience', input)).toEqual({ adset_id, changed: false })
    expect([posts(), sandbox.adSets.get(adset_id)]).toEqual([1, targeting])
  })

  it('refuses to exclude what the ad set targets, and more than 500', async () => {
    sandbox.adSets.set(adset_id, targeting)
    await expect(run('exclude_audience', { adset_id, audience_id: '11' })).rejects.toMatchObject({
      code: 'platform.invalid_request',
    })
    const excluded_custom_audiences = Array.from({ length: 500 }, (_, each) => ({ id: `9${each}` }))
    sandbox.adSets.set(adset_id, { excluded_custom_audiences })
    await expect(run('exclude_audience', { adset_id, audience_id: '11' })).rejects.toMatchObject({
      code: 'platform.invalid_request',
    })
    expect(posts()).toBe(0)
  })

  it('refuses an ad set of another account', async () => {
    const body = { id: adset_id, account_id: '999', targeting: {} }
    sandbox.faults.add({ kind: 'reply', reply: { status: 200, body } })
    await expect(run('exclude_audience', { adset_id, audience_id: '13' })).rejects.toMatchObject({
      code: 'platform.account_changed',
    })
  })

  it('holds the sandbox to the rules, too: the whole targeting is replaced, the flag must be said', async () => {
    sandbox.adSets.set(adset_id, targeting)
    expect((await graph(sandbox, 'POST', adset_id, { targeting: { age_min: 30 } })).status).toBe(400)
    const only = { targeting_automation: { advantage_audience: 0 } }
    expect((await graph(sandbox, 'POST', adset_id, { targeting: only })).status).toBe(200)
    expect(sandbox.adSets.get(adset_id)).toEqual(only)
  })
})
