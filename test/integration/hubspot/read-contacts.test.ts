import { afterEach, describe, expect, it } from 'vitest'
import type { Cursor } from '../../../core/connector/source.ts'
import { never, failure, openSandbox, readAll, type OpenSandbox } from './open-hubspot.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

const seeds = (count: number, firstId = 1000) =>
  Array.from({ length: count }, (_, index) => ({
    id: String(firstId + index),
    properties: { email: `p${firstId + index}@example.com`, city: 'Lille' },
  }))
const ids = (read: { records: readonly { externalId: string }[] }): string[] =>
  read.records.map(({ externalId }) => externalId)

const touch = (id: string, city = 'Nantes'): void => {
  open.sandbox.contacts.update(id, { city })
}

const page = (results: unknown[], after?: string) => ({
  kind: 'reply' as const,
  reply: { status: 200, body: { results, ...(after !== undefined && { paging: { next: { after } } }) } },
})
const contact = (id: string) => ({ id, properties: {}, updatedAt: '2026-01-01T00:00:00Z', archived: false })

describe('full read', () => {
  it('reads every contact once, a hundred a page, by the list endpoint and not by search', async () => {
    open = await openSandbox({ contacts: seeds(350) })
    const read = await readAll(open)
    expect(ids(read)).toEqual(seeds(350).map(({ id }) => id))
    expect(read.pages.map((page) => page.records.length)).toEqual([100, 100, 100, 50, 0])
    expect(open.sandbox.requests.filter(({ path }) => path.endsWith('/search'))).toEqual([])
  })

  it('fetches mapped fields only', async () => {
    open = await openSandbox({ contacts: seeds(2) })
    const { records } = await readAll(open, null, ['city'])
    expect(records.map(({ fields }) => fields)).toEqual([{ city: 'Lille' }, { city: 'Lille' }])
  })

  it('gives archived contacts as deleted', async () => {
    open = await openSandbox({ contacts: seeds(3) })
    open.sandbox.contacts.archive('1001')
    const { records } = await readAll(open)
    expect(records.map(({ externalId, deleted }) => [externalId, deleted])).toEqual([
      ['1000', false],
      ['1002', false],
      ['1001', true],
    ])
  })

  it('resumes exactly where a page ended', async () => {
    open = await openSandbox({ contacts: seeds(250) })
    const { pages } = await readAll(open)
    const rest = await readAll(open, pages[0]?.cursor)
    expect(ids(rest)).toEqual(
      seeds(250)
        .slice(100)
        .map(({ id }) => id),
    )
  })

  it('starts over when the cursor is of another shape', async () => {
    open = await openSandbox({ contacts: seeds(3) })
    expect(ids(await readAll(open, { phase: 'list', from_an_older_version: true }))).toHaveLength(3)
  })

  it('trap 15: more property names than a URL holds are read by batch read, not refused with 414', async () => {
    const wide = Object.fromEntries(
      Array.from({ length: 900 }, (_, index) => [`custom_property_${index}`, `${index}`]),
    )
    open = await openSandbox({ contacts: [{ id: '1000', properties: { email: 'a@example.com', ...wide } }] })
    const { records } = await readAll(open, null, Object.keys(wide))
    expect(records[0]?.fields).toEqual(wide)
    const paths = open.sandbox.requests.map(({ path }) => path)
    expect(paths.filter((path) => path.endsWith('/batch/read'))).toHaveLength(2)
  })

  it('trap 16: a page of a hundred is read in full by batches of a hundred, none is cut off', async () => {
    const wide = Object.fromEntries(
      Array.from({ length: 700 }, (_, index) => [`custom_property_${index}`, 'x']),
    )
    const contacts = seeds(230).map(({ id, properties }) => ({ id, properties: { ...properties, ...wide } }))
    open = await openSandbox({ contacts })
    const { records } = await readAll(open, null, [...Object.keys(wide), 'email'])
    expect(records).toHaveLength(230)
    expect(
      records.every(({ fields }) => fields['email'] !== null && fields['custom_property_699'] === 'x'),
    ).toBe(true)
  })
})

describe('incremental read', () => {
  it('reads only what changed since, with the time of the change', async () => {
    open = await openSandbox({ contacts: seeds(300) })
    const { cursor } = await readAll(open)
    open.clock.advance(3_600_000)
    touch('1042')
    const changedAt = open.clock.now()
    open.clock.advance(120_000)
    const { records } = await readAll(open, cursor)
    expect(records).toMatchObject([{ externalId: '1042', versionAt: changedAt, deleted: false }])
  })

  it('B23: a change that the index shows a minute late is still read, once', async () => {
    open = await openSandbox({ contacts: seeds(5) })
    let { cursor } = await readAll(open)
    open.sandbox.searchIndex.lagMs = 150_000
    open.clock.advance(600_000)
    touch('1003')
    open.clock.advance(90_000)
    const early = await readAll(open, cursor)
    expect(ids(early)).toEqual([])
    cursor = early.cursor
    open.clock.advance(90_000)
    const late = await readAll(open, cursor)
    expect(ids(late)).toEqual(['1003'])
    open.clock.advance(600_000)
    const after = await readAll(open, late.cursor)
    const again = await readAll(open, after.cursor)
    expect(ids(again)).toEqual([])
  })

  it('traps 10 and 11, B22: 25,000 contacts that share one timestamp are all read, once', async () => {
    open = await openSandbox({ contacts: seeds(25_200) })
    const { cursor } = await readAll(open)
    open.clock.advance(3_600_000)
    touch('1000')
    open.clock.advance(1000)
    for (let id = 1001; id < 26_001; id += 1) touch(String(id))
    open.clock.advance(1000)
    touch('26100')
    open.clock.advance(120_000)
    const read = ids(await readAll(open, cursor))
    expect(read).toHaveLength(25_002)
    expect(new Set(read).size).toBe(25_002)
    expect(open.sandbox.requests.filter(({ status }) => status >= 400)).toEqual([])
  })

  it('reads more than 10,000 changes that are spread over time, once', async () => {
    open = await openSandbox({ contacts: seeds(10_500) })
    const { cursor } = await readAll(open)
    open.clock.advance(3_600_000)
    for (let id = 1000; id < 11_500; id += 1) {
      if (id % 3 === 0) open.clock.advance(1)
      touch(String(id))
    }
    open.clock.advance(120_000)
    const read = ids(await readAll(open, cursor))
    expect([read.length, new Set(read).size]).toEqual([10_500, 10_500])
  })

  it('resumes in the middle of one shared timestamp without loss or doubling', async () => {
    open = await openSandbox({ contacts: seeds(900) })
    const { cursor } = await readAll(open)
    open.clock.advance(3_600_000)
    for (let id = 1000; id < 1900; id += 1) touch(String(id))
    open.clock.advance(120_000)
    const { pages } = await readAll(open, cursor)
    for (const [index, page] of pages.entries()) {
      const stored = JSON.parse(JSON.stringify(page.cursor)) as Cursor
      if (index === pages.length - 1) continue
      expect(ids(await readAll(open, stored))).toEqual(
        ids({ records: pages.slice(index + 1).flatMap((rest) => rest.records) }),
      )
    }
  })

  it('a contact that changes while its page is read pushes no other one out', async () => {
    open = await openSandbox({ contacts: seeds(600) })
    const { cursor } = await readAll(open)
    open.clock.advance(3_600_000)
    for (let id = 1000; id < 1600; id += 1) {
      open.clock.advance(10)
      touch(String(id))
    }
    open.clock.advance(120_000)
    const seen: string[] = []
    for await (const page of open.contacts.read({ cursor, fields: [], signal: never })) {
      seen.push(...page.records.map(({ externalId }) => externalId))
      for (const id of ['1000', '1001', '1002']) touch(id, 'Brest')
    }
    expect(new Set(seen).size).toBe(600)
  })

  it('tells a merge: the survivor has a new id and names the former ones', async () => {
    open = await openSandbox({ contacts: seeds(5) })
    const { cursor } = await readAll(open)
    open.clock.advance(3_600_000)
    const survivor = open.sandbox.contacts.merge('1001', '1003')
    open.clock.advance(120_000)
    const { records } = await readAll(open, cursor)
    expect(records).toMatchObject([{ externalId: survivor.id, mergedIds: ['1001', '1003'] }])
  })

  it('walks the recycle bin when it is due, and gives only what was archived since', async () => {
    open = await openSandbox({ contacts: seeds(5) }, { archived_check_hours: 6 })
    open.sandbox.contacts.archive('1000')
    open.clock.advance(600_000)
    const first = await readAll(open)
    expect(first.records.filter(({ deleted }) => deleted)).toHaveLength(1)
    open.clock.advance(3_600_000)
    open.sandbox.contacts.archive('1001')
    const soon = await readAll(open, first.cursor)
    expect(ids(soon)).toEqual([])
    open.clock.advance(6 * 3_600_000)
    const later = await readAll(open, soon.cursor)
    expect(later.records).toMatchObject([{ externalId: '1001', deleted: true, fields: {} }])
  })

  it('trap 15: a search body stays below 3,000 characters however many fields are mapped', async () => {
    const wide = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`custom_property_${index}`, 'x']),
    )
    open = await openSandbox({ contacts: [{ id: '1000', properties: { email: 'a@example.com', ...wide } }] })
    const { cursor } = await readAll(open)
    open.clock.advance(3_600_000)
    touch('1000')
    open.clock.advance(120_000)
    const { records } = await readAll(open, cursor, Object.keys(wide))
    expect(records[0]?.fields).toEqual(wide)
  })

  it('trap 14: searches are paid from a budget of their own, five a second for the account', async () => {
    open = await openSandbox({ contacts: seeds(2) })
    const { cursor } = await readAll(open)
    open.calls.length = 0
    await readAll(open, cursor)
    expect(open.calls.map(({ act, budget }) => [act, budget])).toContainEqual([
      'searching changed contacts',
      'search',
    ])
  })
})

describe('paging traps', () => {
  it('a cursor that repeats ends the read with an error instead of looping', async () => {
    open = await openSandbox()
    const match = /GET .*objects.*\/contacts$/
    open.sandbox.faults.add({ ...page([contact('1')], '2'), match })
    open.sandbox.faults.add({ ...page([contact('2')], '2'), match })
    expect((await failure(readAll(open))).code).toBe('connector.cursor_repeated')
  })

  it('a cursor that goes back ends the read with an error', async () => {
    open = await openSandbox()
    const match = /GET .*objects.*\/contacts$/
    open.sandbox.faults.add({ ...page([contact('5')], '9'), match })
    open.sandbox.faults.add({ ...page([contact('9')], '5'), match })
    expect((await failure(readAll(open))).code).toBe('connector.cursor_repeated')
  })

  it('an empty page with more to come is passed over', async () => {
    open = await openSandbox({ contacts: seeds(2) })
    open.sandbox.faults.add({ ...page([], '500'), match: /GET .*objects.*\/contacts$/ })
    expect(ids(await readAll(open))).toEqual(['1000', '1001'])
  })

  it('an empty page of a search with more to come is passed over', async () => {
    open = await openSandbox({ contacts: seeds(3) })
    const { cursor } = await readAll(open)
    open.clock.advance(120_000)
    open.sandbox.faults.add({ ...page([], '200'), match: /\/search$/ })
    open.sandbox.faults.add({ ...page([contact('7')]), match: /\/search$/ })
    expect(ids(await readAll(open, cursor))).toEqual(['7'])
  })

  it('a search that always shows the same page ends with an error', async () => {
    open = await openSandbox()
    const { cursor } = await readAll(open)
    open.sandbox.faults.add({ ...page([contact('7')], '200'), match: /\/search$/, times: 50 })
    expect((await failure(readAll(open, cursor))).code).toBe('connector.cursor_repeated')
  })

  it('an object that is no contact goes to quarantine and its neighbours go on', async () => {
    open = await openSandbox()
    open.sandbox.faults.add({
      ...page([contact('1'), { nonsense: true }, contact('3')]),
      match: /GET .*objects.*\/contacts$/,
    })
    const { pages, records } = await readAll(open)
    expect(ids({ records })).toEqual(['1', '3'])
    expect(pages[0]?.quarantined).toMatchObject([
      { place: 'object 2 of a page', reason: { code: 'unreadable_object' } },
    ])
  })
})
