import { afterEach, describe, expect, it } from 'vitest'
import {
  add,
  codes,
  destination,
  failure,
  keys,
  makeCampaign,
  membersOf,
  never,
  openOrg,
  people,
  remove,
  type OpenSandbox,
} from './open-salesforce.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

const contact = (email: string, more: Record<string, string | boolean> = {}): string =>
  open.sandbox.org.insert('Contact', { LastName: 'L', Email: email, ...more }).id
describe('members', () => {
  it('somebody who is on the campaign already counts as applied', async () => {
    open = await openOrg()
    const audience = await makeCampaign(open)
    const first = await add(open, audience, people(2))
    expect(await add(open, audience, people(2))).toEqual(first)
    expect(membersOf(open, audience)).toHaveLength(2)
  })

  it('follows a merge when adding and when removing', async () => {
    open = await openOrg()
    const [a, b] = [contact('p0@example.com'), contact('p1@example.com')]
    const audience = await makeCampaign(open)
    open.sandbox.org.merge('Contact', b, a)
    expect(keys(await add(open, audience, [{ key: a, fields: {} }]))).toEqual([b])
    expect(codes(await remove(open, audience, [{ key: a, fields: {} }]))).toEqual(['applied'])
    expect(membersOf(open, audience)).toEqual([])
  })

  it('rejects an id that leads to nobody, and its neighbours go on', async () => {
    open = await openOrg()
    const [a, gone] = [contact('p0@example.com'), contact('p1@example.com')]
    open.sandbox.org.remove('Contact', gone)
    const audience = await makeCampaign(open)
    const records = [gone, a, '0065g0000000001AAA', 'nonsense'].map((key) => ({ key, fields: {} }))
    expect(codes(await add(open, audience, records))).toEqual([
      'not_found_on_platform',
      'applied',
      'invalid_identifier',
      'invalid_identifier',
    ])
  })

  it('a member’s row that somebody deleted in between is gone as wanted', async () => {
    open = await openOrg()
    const audience = await makeCampaign(open)
    const [outcome] = await add(open, audience, people(1))
    const key = keys(outcome ? [outcome] : [])[0] ?? ''
    open.sandbox.org.refuse({
      object: 'CampaignMember',
      error: { statusCode: 'ENTITY_IS_DELETED', message: 'entity is deleted', fields: [] },
    })
    expect(codes(await remove(open, audience, [{ key, fields: {} }]))).toEqual(['applied'])
  })

  it('removes above 2,000 by one job', async () => {
    open = await openOrg()
    const audience = await makeCampaign(open)
    const outcomes = await add(open, audience, people(2100))
    const records = keys(outcomes).map((key) => ({ key, fields: {} }))
    expect(new Set(codes(await remove(open, audience, records)))).toEqual(new Set(['applied']))
    expect(membersOf(open, audience)).toEqual([])
  })
})

describe('the campaign itself', () => {
  it('is found by name only among those of our type', async () => {
    open = await openOrg()
    open.sandbox.org.insert('Campaign', { Name: 'Big spenders', Type: 'Webinar' })
    const campaigns = destination(open, 'campaign')
    expect(await campaigns.find({ name: 'Big spenders' })).toBeNull()
    const audience = await makeCampaign(open)
    expect(open.sandbox.org.get('Campaign', audience.externalId)?.fields).toEqual({
      Name: 'Big spenders',
      Type: 'Hub audience',
      IsActive: true,
    })
    expect(audience.url).toBe(`${open.sandbox.url}/lightning/r/Campaign/${audience.externalId}/view`)
  })

  it('is unusable when two have its name, and never made a third time', async () => {
    open = await openOrg()
    for (let index = 0; index < 2; index += 1)
      open.sandbox.org.insert('Campaign', { Name: 'Twice', Type: 'Hub audience' })
    const error = await failure(destination(open, 'campaign').find({ name: 'Twice' }))
    expect(error.code).toBe('platform.audience_unusable')
  })

  it('B51: is not there when somebody deleted it, by its stored id', async () => {
    open = await openOrg()
    const audience = await makeCampaign(open)
    open.sandbox.org.remove('Campaign', audience.externalId)
    expect(await destination(open, 'campaign').find(audience)).toBeNull()
  })

  it('a name with quotes and backslashes ends no literal', async () => {
    open = await openOrg()
    const name = String.raw`O'Neill \' OR Name != '`
    const audience = await makeCampaign(open, name)
    expect((await destination(open, 'campaign').find({ name }))?.externalId).toBe(audience.externalId)
  })

  it('refuses a name of more than 80 characters without a call', async () => {
    open = await openOrg()
    const error = await failure(makeCampaign(open, 'x'.repeat(81)))
    expect(error.code).toBe('platform.audience_unusable')
    expect(open.calls).toHaveLength(0)
  })

  it('counts and lists its members, over pages', async () => {
    open = await openOrg({ queryPageSize: 200 })
    const campaigns = destination(open, 'campaign')
    const audience = await makeCampaign(open)
    const outcomes = await add(open, audience, people(450))
    expect(await campaigns.readSize?.(audience)).toEqual({ atLeast: 450, atMost: 450 })
    const read: string[] = []
    for await (const page of campaigns.readMembers?.(audience, never) ?? []) read.push(...page)
    expect(read.toSorted()).toEqual(keys(outcomes).toSorted())
  })
})
