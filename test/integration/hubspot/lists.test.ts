import { afterEach, describe, expect, it } from 'vitest'
import type { Audience } from '../../../core/connector/destination.ts'
import {
  add,
  codes,
  failure,
  keys,
  makeList,
  never,
  openSandbox,
  people,
  remove,
  statuses,
  type OpenSandbox,
} from './open-hubspot.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

const members = (audience: Audience): string[] =>
  [...(open.sandbox.lists.get(audience.externalId)?.members.keys() ?? [])].sort()

describe('find and create', () => {
  it('B47: a failing look-up throws and creates nothing', async () => {
    open = await openSandbox()
    open.sandbox.faults.add({ kind: 'reply', match: /search$/, reply: { status: 500, body: '' } })
    expect((await failure(open.list.find({ name: 'Big spenders' }))).code).toBe('platform.transient')
    expect(open.sandbox.lists.lists.size).toBe(0)
  })

  it('B47: an active list of this name is an error with a remedy, not "there is none"', async () => {
    open = await openSandbox()
    open.sandbox.lists.create('Big spenders', 'DYNAMIC')
    const error = await failure(open.list.find({ name: 'Big spenders' }))
    expect(error.code).toBe('platform.audience_unusable')
    expect(error.params).toMatchObject({ reason: 'dynamic_list' })
    expect(error.params['remedy']).toContain('Convert the segment to a static one')
  })

  it('a list of another object type is an error with a remedy', async () => {
    open = await openSandbox()
    open.sandbox.lists.create('Big spenders', 'MANUAL', '0-2')
    expect((await failure(open.list.find({ name: 'Big spenders' }))).params['reason']).toBe(
      'wrong_object_type',
    )
  })

  it('matches the exact name, also behind the first page of names that contain it', async () => {
    open = await openSandbox()
    for (let index = 0; index < 700; index += 1) open.sandbox.lists.create(`Big spenders ${index}`, 'MANUAL')
    expect(await open.list.find({ name: 'Big spenders' })).toBeNull()
    const wanted = open.sandbox.lists.create('Big spenders', 'SNAPSHOT')
    expect((await open.list.find({ name: 'Big spenders' }))?.externalId).toBe(wanted?.listId)
  })

  it('finds by stored id after a person renamed the list, and takes a deleted one for not there', async () => {
    open = await openSandbox()
    const audience = await makeList(open, 'Old name')
    expect((await open.list.find({ name: 'New name', externalId: audience.externalId }))?.name).toBe(
      'Old name',
    )
    open.sandbox.lists.remove(audience.externalId)
    expect(await open.list.find({ name: 'Old name', externalId: audience.externalId })).toBeNull()
  })

  it('a duplicate name is refused once and not asked for again', async () => {
    open = await openSandbox()
    await makeList(open)
    expect((await failure(makeList(open))).code).toBe('platform.invalid_request')
    expect(
      open.calls.filter(({ act }) => act === 'creating a list').map(({ repeatable }) => repeatable),
    ).toEqual([false, false])
  })

  it('links to the page of the account', async () => {
    open = await openSandbox({ account: { portalId: 77, uiDomain: 'app-eu1.hubspot.com' } })
    expect((await makeList(open)).url).toBe('https://app-eu1.hubspot.com/contacts/77/objectLists/1/filters')
  })

  it('a search whose offset does not move on ends with an error', async () => {
    open = await openSandbox()
    const stuck = { status: 200, body: { lists: [], hasMore: true, offset: 0, total: 9 } }
    open.sandbox.faults.add({ kind: 'reply', match: /search$/, reply: stuck, times: 5 })
    expect((await failure(open.list.find({ name: 'x' }))).code).toBe('connector.cursor_repeated')
  })
})

describe('remove, read and erase', () => {
  it('takes members off; who is not on it, or not there, is skipped', async () => {
    open = await openSandbox({ contacts: [{ id: '900', properties: { email: 'x@example.com' } }] })
    const audience = await makeList(open)
    const [first] = keys(await add(open, audience, people(2)))
    const outcomes = await remove(open, audience, [
      { ...(first !== undefined && { key: first }), fields: {} },
      { fields: { email: 'p1@example.com' } },
      { key: '900', fields: {} },
      { key: '99999', fields: {} },
      { fields: { email: 'nobody@example.com' } },
    ])
    expect(codes(outcomes)).toEqual([
      'applied',
      'applied',
      'not_a_member',
      'not_found_on_platform',
      'not_found_on_platform',
    ])
    expect(statuses(outcomes).slice(2)).toEqual(['skipped', 'skipped', 'skipped'])
    expect(members(audience)).toEqual([])
  })

  it('takes a merged member off by its former id', async () => {
    open = await openSandbox()
    const audience = await makeList(open)
    const [one = '', two = ''] = keys(await add(open, audience, people(2)))
    open.sandbox.contacts.merge(one, two)
    expect(statuses(await remove(open, audience, [{ key: one, fields: {} }]))).toEqual(['applied'])
    expect(members(audience)).toEqual([])
  })

  it('a membership write to a list that was deleted or became dynamic says that the audience is unusable', async () => {
    open = await openSandbox({ contacts: [{ id: '900', properties: {} }] })
    const audience = await makeList(open)
    open.sandbox.lists.remove(audience.externalId)
    const error = await failure(add(open, audience, [{ key: '900', fields: {} }]))
    expect(error.code).toBe('platform.audience_unusable')
  })

  it('reads members in pages of 250, and the size', async () => {
    open = await openSandbox()
    const audience = await makeList(open)
    const added = keys(await add(open, audience, people(600)))
    const pages: (readonly string[])[] = []
    for await (const page of open.list.readMembers?.(audience, never) ?? []) pages.push(page)
    expect(pages.map((page) => page.length)).toEqual([250, 250, 100])
    expect(pages.flat().toSorted()).toEqual(added.toSorted())
    expect(await open.list.readSize?.(audience)).toEqual({ atLeast: 600, atMost: 600 })
  })

  it('a member cursor that comes again ends the reading with an error', async () => {
    open = await openSandbox()
    const audience = await makeList(open)
    for (const after of ['a', 'b', 'a'])
      open.sandbox.faults.add({
        kind: 'reply',
        match: /GET .*memberships$/,
        reply: { status: 200, body: { results: [], paging: { next: { after } } } },
      })
    const reading = async (): Promise<void> => {
      for await (const page of open.list.readMembers?.(audience, never) ?? []) expect(page).toEqual([])
    }
    expect((await failure(reading())).code).toBe('connector.cursor_repeated')
  })

  it('erases by id, also former ids and addresses that were sent, and never puts an address on the block list', async () => {
    open = await openSandbox()
    const audience = await makeList(open)
    const [first = ''] = keys(await add(open, audience, people(2)))
    const outcome = await open.connection.erase?.({
      keys: [first],
      sent: [{ email: 'p1@example.com' }, { email: 'unknown@example.com' }],
    })
    expect(outcome?.status).toBe('erased')
    expect(open.sandbox.contacts.all.size).toBe(0)
    expect(open.sandbox.contacts.isBlocked('unknown@example.com')).toBe(false)
    expect(await open.connection.erase?.({ keys: [first], sent: [] })).toMatchObject({ status: 'not_found' })
  })
})

describe('a list of more than 100,000 members', () => {
  it('is filled and emptied by ten thousand a call, as the hub hands them over', async () => {
    const ids = Array.from({ length: 100_500 }, (_, index) => String(10_000 + index))
    open = await openSandbox({ contacts: ids.map((id) => ({ id, properties: {} })) })
    const audience = await makeList(open)
    open.calls.length = 0
    const records = ids.map((key) => ({ key, fields: {} }))
    expect(new Set(statuses(await add(open, audience, records)))).toEqual(new Set(['applied']))
    expect(await open.list.readSize?.(audience)).toEqual({ atLeast: 100_500, atMost: 100_500 })
    expect(new Set(statuses(await remove(open, audience, records)))).toEqual(new Set(['applied']))
    expect(members(audience)).toEqual([])
    expect(open.calls.filter(({ act }) => act.includes('members'))).toHaveLength(22)
  })
})
