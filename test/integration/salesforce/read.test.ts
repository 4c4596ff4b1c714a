import { afterEach, describe, expect, it } from 'vitest'
import type { Cursor } from '../../../core/connector/source.ts'
import { failure, openOrg, readAll, type OpenSandbox } from './open-salesforce.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

const minute = 60_000
const contact = (index: number, more: Record<string, string> = {}) => ({
  LastName: 'L',
  Email: `c${index}@example.com`,
  ...more,
})
const emailsOf = (records: readonly { fields: Record<string, unknown> }[]) =>
  records.map(({ fields }) => fields['Email'])
const throughJson = (cursor: Cursor): Cursor => JSON.parse(JSON.stringify(cursor)) as Cursor

const begin = async (): Promise<Cursor> => {
  for (let index = 0; index < 3; index += 1)
    open.sandbox.org.insert('Contact', contact(index), { at: open.clock.now() - 60 * minute })
  const { cursor } = await readAll(open, 'contacts')
  open.clock.advance(30 * minute)
  return throughJson(cursor)
}

const convert = async (fields: Record<string, string | boolean> = {}) => {
  open = await openOrg()
  const lead = open.sandbox.org.insert('Lead', { ...contact(1), Company: 'C', ...fields })
  return { lead: lead.id, contact: open.sandbox.org.convertLead(lead.id) }
}

describe('a full read', () => {
  it('B27: gives all of 5,000 rows that share one second, in three pages', async () => {
    open = await openOrg()
    for (let index = 0; index < 5000; index += 1) open.sandbox.org.insert('Contact', contact(index))
    const { records, pages } = await readAll(open, 'contacts')
    expect(new Set(records.map(({ externalId }) => externalId)).size).toBe(5000)
    expect(pages.map((page) => page.records.length)).toEqual([2000, 2000, 1000])
  })

  it('trap 22: does not stop at 10,000', async () => {
    open = await openOrg()
    for (let index = 0; index < 10_500; index += 1) open.sandbox.org.insert('Contact', contact(index))
    expect((await readAll(open, 'contacts')).records).toHaveLength(10_500)
  })

  it('goes on behind the last row where Salesforce has forgotten its cursor', async () => {
    open = await openOrg({ queryPageSize: 10 })
    for (let index = 0; index < 35; index += 1) open.sandbox.org.insert('Contact', contact(index))
    const seen: string[] = []
    const source = open.connection.source('contacts')
    for await (const page of source?.read({
      cursor: null,
      fields: ['Email'],
      signal: new AbortController().signal,
    }) ?? []) {
      seen.push(...page.records.map(({ externalId }) => externalId))
      open.sandbox.forgetCursors()
    }
    expect(seen).toHaveLength(35)
    expect(new Set(seen).size).toBe(35)
  })

  it('reads parents of a row by path, and gives the mapping the name it asked for', async () => {
    open = await openOrg()
    const account = open.sandbox.org.insert('Account', { Name: 'Acme' })
    open.sandbox.org.insert('Contact', { ...contact(1), AccountId: account.id })
    const { records } = await readAll(open, 'contacts', { fields: ['email', 'Account.Name'] })
    expect(records[0]?.fields).toEqual({ email: 'c1@example.com', 'Account.Name': 'Acme' })
  })

  it('names each mapped field that is not there or hidden by field-level security, before anything is read', async () => {
    open = await openOrg()
    open.sandbox.org.fieldsOf('Contact').delete('hasoptedoutofemail')
    const error = await failure(readAll(open, 'contacts', { fields: ['HasOptedOutOfEmail', 'Gone__c'] }))
    expect(error.code).toBe('platform.permission_missing')
    expect(error.params['fields']).toBe('HasOptedOutOfEmail, Gone__c')
    expect(open.calls).toHaveLength(1)
  })

  it('reads more fields than fit into an address by id, in a body (414)', async () => {
    open = await openOrg()
    const names = Array.from({ length: 600 }, (_, index) => `A_field_with_quite_a_long_name_${index}__c`)
    const definitions = open.sandbox.org.fieldsOf('Contact')
    const template = definitions.get('title')
    for (const name of names) if (template) definitions.set(name.toLowerCase(), { ...template, name })
    open.sandbox.org.insert('Contact', contact(1, { [names[599] ?? '']: 'last' }))
    const { records } = await readAll(open, 'contacts', { fields: ['Email', ...names] })
    expect(records[0]?.fields[names[599] ?? '']).toBe('last')
    expect(records[0]?.fields['Email']).toBe('c1@example.com')
  })

  it('knows Person Accounts where the org has them, and says so where it has not', async () => {
    open = await openOrg({ personAccounts: true })
    open.sandbox.org.insert('Account', {
      Name: 'Ada L',
      IsPersonAccount: true,
      PersonEmail: 'ada@example.com',
    })
    const fields = ['IsPersonAccount', 'PersonEmail']
    expect((await readAll(open, 'accounts', { fields })).records[0]?.fields).toEqual({
      IsPersonAccount: true,
      PersonEmail: 'ada@example.com',
    })
    await open.sandbox.close()
    open = await openOrg()
    expect((await failure(readAll(open, 'accounts', { fields }))).params['fields']).toBe(
      'IsPersonAccount, PersonEmail',
    )
  })
})

describe('an incremental read', () => {
  it('gives what changed since, in one query', async () => {
    open = await openOrg()
    const cursor = await begin()
    const added = open.sandbox.org.insert('Contact', contact(9))
    open.calls.length = 0
    const { records } = await readAll(open, 'contacts', { cursor })
    expect(records.map(({ externalId }) => externalId)).toEqual([added.id])
    expect(open.calls.map(({ act }) => act)).toEqual(['describing Contact', 'reading contacts'])
  })

  it('B24: finds a row whose transaction committed nine minutes after its stamp', async () => {
    open = await openOrg()
    for (let index = 0; index < 3; index += 1) open.sandbox.org.insert('Contact', contact(index))
    const now = open.clock.now()
    open.sandbox.org.insert('Contact', contact(7), { at: now - minute, visibleAt: now + 8 * minute })
    const first = await readAll(open, 'contacts')
    expect(emailsOf(first.records)).not.toContain('c7@example.com')
    open.clock.advance(20 * minute)
    const second = await readAll(open, 'contacts', { cursor: first.cursor })
    expect(emailsOf(second.records)).toContain('c7@example.com')
  })

  it('loses nothing that changed while the read went on', async () => {
    open = await openOrg({ queryPageSize: 2 })
    const ids = Array.from({ length: 6 }, (_, index) => open.sandbox.org.insert('Contact', contact(index)).id)
    const source = open.connection.source('contacts')
    let cursor: Cursor = null
    for await (const page of source?.read({
      cursor: null,
      fields: ['Title'],
      signal: new AbortController().signal,
    }) ?? []) {
      open.clock.advance(20 * minute)
      open.sandbox.org.update('Contact', ids[0] ?? '', { Title: `at ${open.clock.now()}` })
      cursor = page.cursor
    }
    const { records } = await readAll(open, 'contacts', { cursor, fields: ['Title'] })
    expect(records.find(({ externalId }) => externalId === ids[0])?.fields['Title']).toBe(
      `at ${open.clock.now()}`,
    )
  })

  it('tells deletions', async () => {
    open = await openOrg()
    const cursor = await begin()
    const [id = ''] = open.sandbox.org.all('Contact').keys()
    open.sandbox.org.remove('Contact', id)
    expect((await readAll(open, 'contacts', { cursor })).records).toMatchObject([
      { externalId: id, deleted: true, fields: {} },
    ])
  })

  it('follows merges to the survivor, over two steps, and deletes nobody', async () => {
    open = await openOrg()
    const cursor = await begin()
    const [a = '', b = '', c = ''] = open.sandbox.org.all('Contact').keys()
    open.sandbox.org.merge('Contact', b, a)
    open.sandbox.org.merge('Contact', c, b)
    const { records } = await readAll(open, 'contacts', { cursor })
    expect(records).toMatchObject([
      { externalId: c, deleted: false, mergedIds: [a, b], fields: { Email: 'c2@example.com' } },
    ])
  })

  it('reads the survivor where it is not among the changes itself', async () => {
    open = await openOrg()
    const cursor = await begin()
    const [a = '', b = ''] = open.sandbox.org.all('Contact').keys()
    open.sandbox.org.remove('Contact', a, { MasterRecordId: b })
    const { records } = await readAll(open, 'contacts', { cursor })
    expect(records).toMatchObject([{ externalId: b, deleted: false, mergedIds: [a] }])
  })

  it('deletes a loser whose survivor is gone too', async () => {
    open = await openOrg()
    const cursor = await begin()
    const [a = '', b = ''] = open.sandbox.org.all('Contact').keys()
    open.sandbox.org.merge('Contact', b, a)
    open.sandbox.org.remove('Contact', b)
    const { records } = await readAll(open, 'contacts', { cursor })
    const gone = records.filter(({ deleted }) => deleted).map(({ externalId }) => externalId)
    expect(gone.toSorted()).toEqual([a, b].toSorted())
  })

  it('trap 24: reads a stream in full once a week when it maps a formula', async () => {
    open = await openOrg()
    const definitions = open.sandbox.org.fieldsOf('Contact')
    const score = definitions.get('score__c')
    if (score) definitions.set('score__c', { ...score, calculated: true })
    for (let index = 0; index < 3; index += 1)
      open.sandbox.org.insert('Contact', contact(index), { at: open.clock.now() - 60 * minute })
    const fields = ['Score__c']
    const { cursor } = await readAll(open, 'contacts', { fields })
    open.clock.advance(24 * 60 * minute)
    expect((await readAll(open, 'contacts', { fields, cursor })).records).toHaveLength(0)
    open.clock.advance(7 * 24 * 60 * minute)
    expect((await readAll(open, 'contacts', { fields, cursor })).records).toHaveLength(3)
  })

  it('starts anew behind a cursor of another version', async () => {
    open = await openOrg()
    await begin()
    expect((await readAll(open, 'contacts', { cursor: { version: 0 } })).records).toHaveLength(3)
  })
})

describe('converted leads', () => {
  it('are gone as leads, since the contact stands for the person', async () => {
    const { lead } = await convert()
    expect((await readAll(open, 'leads')).records).toMatchObject([{ externalId: lead, deleted: true }])
  })

  it('stay where the mapping joins them by ConvertedContactId', async () => {
    const { lead, contact } = await convert()
    const { records } = await readAll(open, 'leads', { fields: ['ConvertedContactId'] })
    expect(records).toMatchObject([
      { externalId: lead, deleted: false, fields: { ConvertedContactId: contact } },
    ])
  })

  it('stay when they have opted out: a contact that was there before does not take the opt-out over', async () => {
    await convert({ HasOptedOutOfEmail: true })
    const { records } = await readAll(open, 'leads', { fields: ['Email', 'HasOptedOutOfEmail'] })
    expect(records).toMatchObject([{ deleted: false, fields: { HasOptedOutOfEmail: true } }])
  })
})

describe('a large full read', () => {
  const large = { bulk_query_above: 20 }

  it('B26: gives all 30,001 rows of a bulk query, over its pages', async () => {
    open = await openOrg({}, large)
    for (let index = 0; index < 30_001; index += 1) open.sandbox.org.insert('Contact', contact(index))
    const { records, pages } = await readAll(open, 'contacts')
    expect(new Set(records.map(({ externalId }) => externalId)).size).toBe(30_001)
    expect(pages).toHaveLength(2)
    expect(open.sandbox.requests.filter(({ path }) => path.endsWith('/jobs/query'))).toHaveLength(1)
  })

  it('trap 23: turns the texts of CSV into the values that REST gives', async () => {
    open = await openOrg({}, large)
    const fields = ['Email', 'FirstName', 'HasOptedOutOfEmail', 'Score__c', 'Title']
    for (let index = 0; index < 21; index += 1)
      open.sandbox.org.insert('Contact', {
        ...contact(index),
        FirstName: 'A "quoted", name\nin two lines',
        Score__c: 1.5,
        HasOptedOutOfEmail: index === 0,
      })
    const bulk = await readAll(open, 'contacts', { fields })
    await open.sandbox.close()
    open = await openOrg()
    for (let index = 0; index < 21; index += 1)
      open.sandbox.org.insert('Contact', {
        ...contact(index),
        FirstName: 'A "quoted", name\nin two lines',
        Score__c: 1.5,
        HasOptedOutOfEmail: index === 0,
      })
    const rest = await readAll(open, 'contacts', { fields })
    expect(bulk.records).toEqual(rest.records)
    expect(rest.records[0]?.fields).toMatchObject({ HasOptedOutOfEmail: true, Score__c: 1.5, Title: null })
  })

  it('trap 8: waits for a job of any length, and never deletes it', async () => {
    open = await openOrg({ bulkJobMs: 3_600_000 }, large)
    for (let index = 0; index < 21; index += 1) open.sandbox.org.insert('Contact', contact(index))
    expect((await readAll(open, 'contacts')).records).toHaveLength(21)
    expect(open.clock.sleeps.slice(0, 5)).toEqual([5000, 10_000, 20_000, 40_000, 60_000])
    expect(open.sandbox.requests.filter(({ method }) => method === 'DELETE')).toEqual([])
  })

  it('resumes in the job, and starts anew when the job is gone', async () => {
    open = await openOrg({}, large)
    for (let index = 0; index < 21; index += 1) open.sandbox.org.insert('Contact', contact(index))
    const job = {
      version: 1,
      phase: 'bulk',
      startedAt: 0,
      from: null,
      fullAt: 0,
      job: '750000000000000gon',
      locator: '5',
    }
    expect((await readAll(open, 'contacts', { cursor: job })).records).toHaveLength(21)
  })

  it('goes on with changes by time stamp once the job has ended', async () => {
    open = await openOrg({}, large)
    for (let index = 0; index < 21; index += 1)
      open.sandbox.org.insert('Contact', contact(index), { at: open.clock.now() - 60 * minute })
    const { cursor } = await readAll(open, 'contacts')
    open.clock.advance(30 * minute)
    const added = open.sandbox.org.insert('Contact', contact(99))
    const { records } = await readAll(open, 'contacts', { cursor })
    expect(records.map(({ externalId }) => externalId)).toEqual([added.id])
  })

  it('takes REST where a compound field is mapped, which the Bulk API does not give', async () => {
    open = await openOrg({}, large)
    for (let index = 0; index < 21; index += 1) open.sandbox.org.insert('Contact', contact(index))
    expect((await readAll(open, 'contacts', { fields: ['MailingAddress'] })).records).toHaveLength(21)
    expect(open.sandbox.requests.some(({ path }) => path.includes('/jobs/'))).toBe(false)
  })
})
