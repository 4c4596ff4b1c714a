import { afterEach, describe, expect, it } from 'vitest'
import {
  add,
  connectSalesforce,
  makeCampaign,
  openOrg,
  people,
  remove,
  sessionOf,
  type OpenSandbox,
} from './open-salesforce.ts'
import { beginFeed, changeEntities, feedConfig, inWords, openFeed, readFeed } from './read-feed.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

const contact = (more: Record<string, string | boolean> = {}): string =>
  open.sandbox.org.insert('Contact', { LastName: 'L', Email: 'p0@example.com', ...more }).id

describe('the change feed', () => {
  it('is empty and asks for nothing unless a channel is configured', async () => {
    open = await openOrg({ changeEntities })
    contact()
    expect((await readFeed(open, null)).pages).toEqual([])
    expect(open.sandbox.requests).toEqual([])
  })

  it('begins with now, and tells the first change even where none came while it first listened', async () => {
    open = await openFeed()
    contact()
    open.clock.advance(1000)
    const first = await readFeed(open, null)
    expect(first.signals).toEqual([])
    const id = contact()
    const second = await readFeed(open, first.cursor)
    expect(inWords(second)).toEqual([`changed contacts ${id}`])
    expect(inWords(await readFeed(open, second.cursor))).toEqual([])
  })

  it('ends when the channel is quiet for five seconds, and gives its place back', async () => {
    open = await openFeed()
    await readFeed(open, null)
    expect(open.clock.sleeps).toEqual([5000])
    expect(open.sandbox.cometd.clientCount()).toBe(0)
  })

  it('gives 250 changes in pages, each with the position behind it', async () => {
    open = await openFeed()
    const cursor = await beginFeed(open)
    const ids = Array.from({ length: 250 }, () => contact())
    const { pages, signals } = await readFeed(open, cursor)
    expect(signals.map(({ externalId }) => externalId)).toEqual(ids)
    expect(pages.map((page) => page.signals.length)).toEqual([100, 100, 50])
    const resumed = await readFeed(open, pages[0]?.cursor ?? null)
    expect(resumed.signals.map(({ externalId }) => externalId)).toEqual(ids.slice(100))
  })

  it('tells one change by one id, however often it is told', async () => {
    open = await openFeed()
    const cursor = await beginFeed(open)
    contact()
    const [first, again] = [await readFeed(open, cursor), await readFeed(open, cursor)]
    expect(first.signals).toHaveLength(1)
    expect(again.signals).toEqual(first.signals)
  })

  it('tells opt-outs of contacts and of Individuals as such', async () => {
    open = await openFeed()
    const id = contact()
    const individual = open.sandbox.org.insert('Individual', { LastName: 'L' }).id
    const cursor = await beginFeed(open)
    open.sandbox.org.update('Contact', id, { HasOptedOutOfEmail: true })
    open.sandbox.org.update('Contact', id, { HasOptedOutOfEmail: false })
    open.sandbox.org.update('Individual', individual, { HasOptedOutSolicit: true })
    expect(inWords(await readFeed(open, cursor))).toEqual([
      `opted_out contacts ${id}`,
      `changed contacts ${id}`,
      `opted_out individuals ${individual}`,
    ])
  })
})

describe('what is gone', () => {
  it('a deleted row and one that is in no recycle bin any more are deleted, a restored one is changed', async () => {
    open = await openFeed()
    const [binned, purged, restored] = [contact(), contact(), contact()]
    const cursor = await beginFeed(open)
    open.sandbox.org.remove('Contact', binned)
    open.sandbox.org.purge('Contact', purged)
    open.sandbox.org.remove('Contact', restored)
    open.sandbox.org.restore('Contact', restored)
    expect(inWords(await readFeed(open, cursor))).toEqual([
      `deleted contacts ${binned}`,
      `deleted contacts ${purged}`,
      `changed contacts ${restored}`,
      `changed contacts ${restored}`,
    ])
  })

  it('2.6: the loser of a merge is no deletion, its survivor is looked up', async () => {
    open = await openFeed()
    const [survivor, loser] = [contact(), contact()]
    const cursor = await beginFeed(open)
    open.sandbox.org.merge('Contact', survivor, loser)
    const { signals } = await readFeed(open, cursor)
    expect(signals).toMatchObject([
      { kind: 'merged', stream: 'contacts', externalId: survivor, mergedIds: [loser] },
      { kind: 'changed', externalId: survivor },
    ])
  })

  it('a member whom somebody took off a campaign is told by campaign and person', async () => {
    open = await openFeed()
    const id = contact()
    const audience = await makeCampaign(open)
    await add(open, audience, [{ key: id, fields: {} }])
    const cursor = await beginFeed(open)
    const [member = ''] = open.sandbox.org.all('CampaignMember').keys()
    open.clock.advance(1000)
    open.sandbox.org.remove('CampaignMember', member)
    expect((await readFeed(open, cursor)).signals).toMatchObject([
      { kind: 'deleted', stream: 'campaign_members', externalId: member },
      {
        kind: 'member_removed',
        audienceId: audience.externalId,
        externalId: id,
        occurredAt: open.clock.now() - 5000,
      },
    ])
  })
})

describe('our own changes', () => {
  it('are not told: neither people nor members that the hub writes and takes off', async () => {
    open = await openFeed()
    const known = contact()
    const cursor = await beginFeed(open)
    const audience = await makeCampaign(open)
    await add(open, audience, [...people(3, { Title: 'CEO' }), { key: known, fields: {} }])
    await remove(open, audience, people(1))
    const { signals, cursor: after } = await readFeed(open, cursor)
    expect(signals).toEqual([])
    expect(after).not.toEqual(cursor)
  })

  it('are recognised by user and field where the tag is missing; other fields of the same user are told', async () => {
    open = await openFeed()
    const id = contact()
    const grant = await sessionOf(open.sandbox).current()
    const facts = { ...grant.facts, user_id: '0055g000009ABCDAA4' }
    const same = connectSalesforce(open.sandbox.url, open.clock, {
      config: feedConfig,
      credentials: { current: async () => ({ ...grant, facts }) },
    })
    const cursor = await beginFeed({ ...open, ...same })
    open.sandbox.changes.actor = { origin: '', user: '0055g000009ABCD' }
    open.sandbox.org.update('Contact', id, { Hub_Person_Id__c: 'p_1' })
    open.sandbox.org.update('Contact', id, { Hub_Person_Id__c: 'p_2', Title: 'CEO' })
    expect((await readFeed(same, cursor)).signals).toHaveLength(1)
  })
})
