import { afterEach, describe, expect, it } from 'vitest'
import {
  add,
  connectHubspot,
  failure,
  keys,
  makeList,
  never,
  openSandbox,
  people,
  statuses,
  type OpenSandbox,
} from './open-hubspot.ts'
import { jobsOf, memberCount, named, openImporting, readJob, requestsTo, settle } from './open-importing.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

describe('imports', () => {
  it('take more than 50,000 new contacts of one hand-over in one call, and end with a key for each', async () => {
    open = await openSandbox({ uniqueProperties: ['hub_person_id'] })
    const audience = await makeList(open)
    const records = named(50_001)
    const outcomes = await add(open, audience, records)
    expect(new Set(statuses(outcomes))).toEqual(new Set(['accepted']))
    expect(jobsOf(outcomes)).toHaveLength(1)
    expect(requestsTo(open, /POST \/crm\/imports/)).toBe(1)
    expect(requestsTo(open, /batch/)).toBe(0)
    const settled = await settle(open, jobsOf(outcomes)[0] ?? '', { audience, records })
    expect(new Set(statuses(settled))).toEqual(new Set(['applied']))
    expect(new Set(keys(settled)).size).toBe(50_001)
    expect(memberCount(open, audience)).toBe(50_001)
    expect([
      requestsTo(open, /batch\/read/),
      requestsTo(open, /batch\/upsert/),
      requestsTo(open, /memberships\/add/),
    ]).toEqual([501, 0, 6])
  })

  it('are for more new contacts than the setting says, neither for as many nor for known ones', async () => {
    const ids = ['901', '902', '903', '904', '905']
    open = await openImporting({ contacts: ids.map((id) => ({ id, properties: {} })) })
    const audience = await makeList(open)
    expect(new Set(statuses(await add(open, audience, named(3))))).toEqual(new Set(['applied']))
    const known = ids.map((key) => ({ key, fields: { city: 'Lille' } }))
    expect(new Set(statuses(await add(open, audience, known)))).toEqual(new Set(['applied']))
    expect(requestsTo(open, /imports/)).toBe(0)
    expect(jobsOf(await add(open, audience, named(4)))).toHaveLength(1)
  })

  it('are always or never used where the sync says so', async () => {
    open = await openImporting()
    const audience = await makeList(open)
    const send = (imports: string, records = named(4)) =>
      open.list.add({ audience, records, settings: { imports }, signal: never })
    expect(statuses(await send('never'))).toEqual(Array(4).fill('applied'))
    expect(statuses(await send('always', [{ fields: { email: 'one@example.com' } }]))).toEqual(['accepted'])
  })

  it('go under way until HubSpot says DONE: nothing is on the list before', async () => {
    open = await openImporting()
    const audience = await makeList(open)
    const records = named(5)
    const [job = ''] = jobsOf(await add(open, audience, records))
    expect(await readJob(open, job, { audience, records })).toEqual({ status: 'processing' })
    open.clock.advance(59_000)
    expect(await readJob(open, job, { audience, records })).toEqual({ status: 'processing' })
    expect([open.sandbox.contacts.all.size, memberCount(open, audience)]).toEqual([0, 0])
    expect(statuses(await settle(open, job, { audience, records }))).toEqual(Array(5).fill('applied'))
  })

  it('are keyed by the unique property where a sync fills it, by e-mail for all others', async () => {
    open = await openImporting()
    const audience = await makeList(open)
    const records = [
      ...named(3),
      { fields: { email: 'x@example.com' } },
      { fields: { email: 'y@example.com' } },
    ]
    const jobs = jobsOf(await add(open, audience, records))
    const keyColumns = [...open.sandbox.imports.all.values()].map(
      ({ columns }) => columns.find(({ isKey }) => isKey)?.propertyName,
    )
    expect(keyColumns).toEqual(['hub_person_id', 'email'])
    expect(statuses(await settle(open, jobs[0] ?? '', { audience, records: records.slice(0, 3) }))).toEqual(
      Array(3).fill('applied'),
    )
    expect(statuses(await settle(open, jobs[1] ?? '', { audience, records: records.slice(3) }))).toEqual(
      Array(2).fill('applied'),
    )
    expect(memberCount(open, audience)).toBe(5)
  })

  it('run three at a time: while three are open, further people are written by batches', async () => {
    open = await openImporting()
    const audience = await makeList(open)
    const jobs = new Set<string>()
    for (const city of ['Lille', 'Nantes', 'Brest']) {
      const records = people(4).map(({ fields }, index) => ({
        fields: { ...fields, email: `${city}${index}@example.com` },
      }))
      for (const job of jobsOf(await add(open, audience, records))) jobs.add(job)
    }
    expect(jobs.size).toBe(3)
    expect(statuses(await add(open, audience, named(4)))).toEqual(Array(4).fill('applied'))
    expect([...open.sandbox.imports.all.values()].map(({ state }) => state)).not.toContain('DEFERRED')
    open.clock.advance(60_000)
    expect(jobsOf(await add(open, audience, people(5, { city: 'Lyon' })))).toHaveLength(1)
  })

  it('that HubSpot defers, because others of the app run, are under way all the same', async () => {
    open = await openImporting()
    const audience = await makeList(open)
    const records = named(4)
    const [job = ''] = jobsOf(await add(open, audience, records))
    for (let index = 0; index < 3; index += 1)
      open.sandbox.imports.start({
        name: `other ${index}`,
        operation: 'CREATE',
        request: {},
        columns: [],
        rows: [],
      })
    Object.assign(open.sandbox.imports.all.get(job) ?? {}, { state: 'DEFERRED', startedAt: null })
    expect(await readJob(open, job, { audience, records })).toEqual({ status: 'processing' })
  })

  it('N02: a start whose answer was lost is found under way and not started a second time', async () => {
    open = await openImporting()
    const audience = await makeList(open)
    open.sandbox.faults.add({ kind: 'cut', when: 'after', match: /POST \/crm\/imports/ })
    const records = named(4)
    expect((await failure(add(open, audience, records))).code).toBe('platform.transient')
    const [job = ''] = jobsOf(await add(open, audience, records))
    expect(open.sandbox.imports.all.size).toBe(1)
    expect(statuses(await settle(open, job, { audience, records }))).toEqual(Array(4).fill('applied'))
  })

  it('are an optional way: without the scope crm.import, and at a refusal for haste, people go by batches', async () => {
    open = await openImporting()
    const audience = await makeList(open)
    open.sandbox.scopes.delete('crm.import')
    expect(statuses(await add(open, audience, named(4)))).toEqual(Array(4).fill('applied'))
    await add(open, audience, people(4, { city: 'Lille' }))
    expect(requestsTo(open, /imports/)).toBe(1)
    const hurried = { ...open, ...connectHubspot(open.sandbox.url, open.clock, { import_above: 3 }) }
    open.sandbox.scopes.add('crm.import')
    open.sandbox.faults.add({
      kind: 'reply',
      match: /POST \/crm\/imports/,
      reply: { status: 429, body: { status: 'error', category: 'RATE_LIMITS', message: 'too many' } },
    })
    const newer = people(4).map((_, index) => ({ fields: { email: `late${index}@example.com` } }))
    expect(statuses(await add(hurried, audience, newer))).toEqual(Array(4).fill('applied'))
    expect(open.sandbox.imports.all.size).toBe(0)
  })

  it('refuse a property that the account lacks before anything is uploaded', async () => {
    open = await openImporting()
    const audience = await makeList(open)
    const error = await failure(add(open, audience, named(4, { shoe_size: 42 })))
    expect(error).toMatchObject({ code: 'platform.invalid_request', params: { properties: 'shoe_size' } })
    expect(open.sandbox.imports.all.size).toBe(0)
  })

  it('leave rows that clear a value to batches, since an empty cell clears nothing', async () => {
    open = await openImporting()
    const audience = await makeList(open)
    const outcomes = await add(open, audience, [
      ...named(4),
      { fields: { email: 'z@example.com', city: '' } },
    ])
    expect(statuses(outcomes)).toEqual([...Array(4).fill('accepted'), 'applied'])
  })

  it('write contacts without any list too', async () => {
    open = await openImporting()
    const contacts = open.connection.destination('contacts')
    const audience = await contacts?.find({ name: 'contacts' })
    if (!contacts || !audience) throw new Error('there are no contacts')
    const records = named(4, { city: 'Lille' })
    const [job = ''] = jobsOf(await contacts.add({ audience, records, signal: never }))
    open.clock.advance(60_000)
    const state = await contacts.readJob?.(job, { audience, signal: never, read: async () => records })
    expect(state).toMatchObject({ status: 'done', rejected: [] })
    expect(state?.status === 'done' && statuses(state.outcomes ?? [])).toEqual(Array(4).fill('applied'))
    expect(requestsTo(open, /memberships/)).toBe(0)
  })
})
