import { afterEach, describe, expect, it } from 'vitest'
import type { Cursor, SourceRecord } from '../../../core/connector/source.ts'
import { failure, never, openSandbox, type OpenSandbox } from './open-hubspot.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

const hourMs = 3_600_000
const seeds = (count: number, more = {}) =>
  Array.from({ length: count }, (_, index) => ({ id: String(1000 + index), properties: { ...more } }))

async function read(
  stream: string,
  fields: readonly string[],
  cursor: Cursor | null = null,
): Promise<{ records: SourceRecord[]; cursor: Cursor }> {
  const records: SourceRecord[] = []
  let last: Cursor = null
  for await (const page of open.connection.source(stream)?.read({ cursor, fields, signal: never }) ?? []) {
    records.push(...page.records)
    last = page.cursor
  }
  return { records, cursor: last }
}
const ids = ({ records }: { records: readonly SourceRecord[] }): string[] =>
  records.map(({ externalId }) => externalId)

describe.each([
  ['companies', 'name'],
  ['deals', 'dealname'],
] as const)('%s', (stream, field) => {
  it('are read in full by id, then by hs_lastmodifieddate, with deletions and merges', async () => {
    open = await openSandbox({ [stream]: seeds(150, { [field]: 'Acme' }) })
    const first = await read(stream, [field])
    expect(first.records).toHaveLength(150)
    expect(first.records[0]).toMatchObject({
      externalId: '1000',
      deleted: false,
      fields: { [field]: 'Acme' },
    })

    open.sandbox[stream].update('1003', { [field]: 'Acme SA' })
    const survivor = open.sandbox[stream].merge('1004', '1005')
    open.sandbox[stream].archive('1006')
    open.clock.advance(7 * hourMs)
    const second = await read(stream, [field], first.cursor)
    expect(ids(second).toSorted()).toEqual(['1003', '1006', survivor.id].toSorted())
    expect(second.records.find(({ externalId }) => externalId === survivor.id)?.mergedIds).toEqual([
      '1004',
      '1005',
    ])
    expect(second.records.find(({ deleted }) => deleted)?.externalId).toBe('1006')
  })

  it('B22: more than 10,000 with one timestamp are all read', async () => {
    open = await openSandbox()
    const { cursor } = await read(stream, [field])
    const at = open.clock.now() + 1000
    for (let id = 20_000; id < 30_300; id += 1) open.sandbox[stream].create({}, { id: String(id), at })
    open.clock.advance(300_000)
    expect(new Set(ids(await read(stream, [field], cursor))).size).toBe(10_300)
  })

  it('leave out what is not asked for', async () => {
    open = await openSandbox({ [stream]: seeds(1, { [field]: 'Acme' }) })
    expect((await read(stream, ['hs_object_id'])).records[0]?.fields).toEqual({ hs_object_id: '1000' })
  })
})

const link = (contact: string, company: string): void =>
  open.sandbox.links.link({ type: 'contacts', id: contact }, { type: 'companies', id: company })
const companiesOf = ({ records }: { records: readonly SourceRecord[] }, id: string): unknown =>
  records.find(({ externalId }) => externalId === id)?.fields['associated_company_ids']

describe('links', () => {
  it('are read where they are mapped, also of a contact that changed, and cost nothing elsewhere', async () => {
    open = await openSandbox({ contacts: seeds(2) })
    link('1000', '7')
    link('1000', '8')
    const first = await read('contacts', ['hs_object_id', 'associated_company_ids'])
    expect(companiesOf(first, '1000')).toEqual(['7', '8'])
    expect(companiesOf(first, '1001')).toEqual([])
    open.sandbox.contacts.update('1001', { city: 'Lille' })
    link('1001', '9')
    open.clock.advance(300_000)
    expect(companiesOf(await read('contacts', ['associated_company_ids'], first.cursor), '1001')).toEqual([
      '9',
    ])
    open.calls.length = 0
    await read('contacts', ['email'])
    expect(open.calls.filter(({ act }) => act.includes('links'))).toEqual([])
  })

  it('B25: a new link without a change of the contact is noticed by the next check', async () => {
    open = await openSandbox({ contacts: seeds(2) })
    const fields = ['associated_company_ids']
    const first = await read('contacts', fields)
    link('1001', '9')
    open.clock.advance(hourMs)
    const early = await read('contacts', fields, first.cursor)
    expect(ids(early)).toEqual([])
    open.clock.advance(24 * hourMs)
    const due = await read('contacts', fields, early.cursor)
    expect(companiesOf(due, '1001')).toEqual(['9'])
    open.clock.advance(hourMs)
    expect(ids(await read('contacts', fields, due.cursor))).toEqual([])
  })

  it('of one record are read beyond the first page', async () => {
    open = await openSandbox({ deals: seeds(1) })
    for (let id = 1; id <= 1200; id += 1)
      open.sandbox.links.link({ type: 'deals', id: '1000' }, { type: 'contacts', id: String(id) })
    const { records } = await read('deals', ['associated_contact_ids'])
    expect(records[0]?.fields['associated_contact_ids']).toHaveLength(1200)
  })

  it('a page of links that repeats ends', async () => {
    open = await openSandbox({ contacts: seeds(1) })
    const results = [{ from: { id: '1000' }, to: [{ toObjectId: 7 }], paging: { next: { after: 'x' } } }]
    open.sandbox.faults.add({
      kind: 'reply',
      match: /associations/,
      times: 9,
      reply: { status: 200, body: { results } },
    })
    expect(companiesOf(await read('contacts', ['associated_company_ids']), '1000')).toEqual(['7'])
  })
})

describe('drift of the schema (N27)', () => {
  it('a mapped property that is gone is named before anything is read', async () => {
    open = await openSandbox({ contacts: seeds(1, { loyalty_tier: 'gold', city: 'Lille' }) })
    await read('contacts', ['loyalty_tier', 'city'])
    open.sandbox.contacts.definitions.delete('loyalty_tier')
    open.clock.advance(11 * 60_000)
    open.calls.length = 0
    const error = await failure(read('contacts', ['loyalty_tier', 'city']))
    expect(error).toMatchObject({ code: 'platform.invalid_request', params: { properties: 'loyalty_tier' } })
    expect(open.calls.map(({ act }) => act)).toEqual(['reading the properties of contacts'])
  })

  it('asks for the definitions once in a while, not at each read', async () => {
    open = await openSandbox({ contacts: seeds(1) })
    for (let index = 0; index < 3; index += 1) await read('contacts', ['email'])
    expect(open.calls.filter(({ act }) => act === 'reading the properties of contacts')).toHaveLength(1)
  })

  it('access that may not look is not checked, and reads all the same', async () => {
    open = await openSandbox({ contacts: seeds(1) })
    open.sandbox.scopes.delete('crm.schemas.contacts.read')
    expect(ids(await read('contacts', ['no_such_property']))).toEqual(['1000'])
  })

  it('an outage while looking stops the read and is not remembered', async () => {
    open = await openSandbox({ contacts: seeds(1) })
    open.sandbox.faults.add({ kind: 'reply', match: /properties/, reply: { status: 503, body: '' } })
    expect((await failure(read('contacts', ['email']))).code).toBe('platform.transient')
    expect(ids(await read('contacts', ['email']))).toEqual(['1000'])
  })
})

const day = 24 * hourMs
const happen = (id: string, eventType: string, more: object = {}): void =>
  void open.sandbox.events.push({
    id,
    eventType,
    objectType: 'CONTACT',
    objectId: '1000',
    occurredAt: open.clock.now(),
    properties: { hs_subject: 'Hello' },
    ...more,
  })

describe('e-mail events', () => {
  it('of all configured types are read from the configured history on, with the contact they belong to', async () => {
    open = await openSandbox({}, { email_event_history_days: 30 })
    happen('old', 'e_opened_email_v2', { occurredAt: open.clock.now() - 31 * day })
    happen('a', 'e_opened_email_v2', { occurredAt: open.clock.now() - day })
    happen('b', 'e_bounced_email_v2')
    happen('c', 'e_visited_page')
    happen('d', 'e_opened_email_v2', { objectType: 'COMPANY' })
    const { records } = await read('email_events', ['objectId', 'eventType', 'occurredAt', 'hs_subject', 'x'])
    expect(records).toEqual([
      {
        externalId: 'a',
        versionAt: open.clock.now() - day,
        deleted: false,
        fields: {
          objectId: '1000',
          eventType: 'e_opened_email_v2',
          occurredAt: '2026-11-21T10:00:00.000Z',
          hs_subject: 'Hello',
          x: null,
        },
      },
      expect.objectContaining({ externalId: 'b' }),
    ])
  })

  it('that show up late are read by the next pull under the same id', async () => {
    open = await openSandbox()
    const at = open.clock.now()
    happen('late', 'e_opened_email_v2', { occurredAt: at - 60_000, visibleAt: at + 60_000 })
    happen('known', 'e_opened_email_v2', { occurredAt: at - 60_000 })
    const first = await read('email_events', ['objectId'])
    expect(ids(first)).toEqual(['known'])
    open.clock.advance(2 * hourMs)
    expect(ids(await read('email_events', ['objectId'], first.cursor))).toEqual(['known', 'late'])
  })

  it('an account without the event API says that a permission is missing', async () => {
    open = await openSandbox()
    open.sandbox.faults.add({
      kind: 'reply',
      match: /event-occurrences/,
      reply: { status: 403, body: { status: 'error', category: 'MISSING_SCOPES', message: 'no' } },
    })
    expect((await failure(read('email_events', ['objectId']))).code).toBe('platform.permission_missing')
  })

  it('a cursor that repeats ends the read with an error', async () => {
    open = await openSandbox()
    const body = { results: [], paging: { next: { after: 'x' } } }
    open.sandbox.faults.add({ kind: 'reply', match: /events/, times: 9, reply: { status: 200, body } })
    expect((await failure(read('email_events', ['objectId']))).code).toBe('connector.cursor_repeated')
  })
})

describe('members of lists', () => {
  const fields = ['recordId', 'listId', 'membershipTimestamp']

  it('are a stream for each configured list, active ones included, in full each time', async () => {
    open = await openSandbox({ contacts: seeds(600) }, { lists: { vip: '1' } })
    const list = open.sandbox.lists.create('VIPs', 'DYNAMIC')
    for (const { id } of seeds(600)) list?.members.set(id, open.clock.now())
    const first = await read('list_vip', fields)
    expect(first.records).toHaveLength(600)
    expect(first.records[0]).toEqual({
      externalId: '1000',
      versionAt: open.clock.now(),
      deleted: false,
      fields: { recordId: '1000', listId: '1', membershipTimestamp: '2026-11-22T10:00:00.000Z' },
    })
    list?.members.delete('1000')
    expect((await read('list_vip', fields)).records).toHaveLength(599)
  })

  it('resume after any page', async () => {
    open = await openSandbox({ contacts: seeds(600) }, { lists: { vip: '1' } })
    const list = open.sandbox.lists.create('VIPs', 'MANUAL')
    for (const { id } of seeds(600)) list?.members.set(id, open.clock.now())
    const source = open.connection.source('list_vip')
    if (!source) throw new Error('there is no such stream')
    for await (const page of source.read({ cursor: null, fields, signal: never })) {
      const rest = page.records.length
      expect(rest).toBe(250)
      expect((await read('list_vip', fields, page.cursor)).records).toHaveLength(350)
      break
    }
  })

  it('a list that was deleted is an error, not an empty list', async () => {
    open = await openSandbox({}, { lists: { vip: '1' } })
    expect((await failure(read('list_vip', fields))).code).toBe('platform.not_found')
  })
})
