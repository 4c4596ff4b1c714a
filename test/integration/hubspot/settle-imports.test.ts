import { afterEach, describe, expect, it } from 'vitest'
import type { DestinationRecord } from '../../../core/connector/destination.ts'
import { add, codes, failure, keys, makeList, statuses, type OpenSandbox } from './open-hubspot.ts'
import { jobsOf, memberCount, named, openImporting, readJob, requestsTo, settle } from './open-importing.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

describe('the end of an import', () => {
  it('read row errors page by page: each bad row is rejected with its own reason, its neighbours are applied', async () => {
    open = await openImporting()
    open.sandbox.contacts.definitions.set('score', { ...definition('score'), type: 'number' })
    open.sandbox.contacts.definitions.set('tier', {
      ...definition('tier'),
      type: 'enumeration',
      options: [{ label: 'Gold', value: 'gold' }],
    })
    open.sandbox.contacts.block('erased@example.com')
    const audience = await makeList(open)
    const many = named(250, { score: 'many' })
    const records: DestinationRecord[] = [
      ...many,
      { fields: { hub_person_id: 'b1', email: 'b1@example.com', tier: 'silver' } },
      { fields: { hub_person_id: 'b2', email: 'erased@example.com' } },
      { fields: { hub_person_id: 'b3', email: 'b3@example.com', tier: 'gold', score: 7 } },
    ]
    const [job = ''] = jobsOf(await add(open, audience, records))
    const outcomes = await settle(open, job, { audience, records })
    expect(codes(outcomes)).toEqual([
      ...Array(250).fill('wrong_type'),
      'unknown_option',
      'erased_for_privacy',
      'applied',
    ])
    expect(requestsTo(open, /errors$/)).toBe(3)
    expect(memberCount(open, audience)).toBe(1)
    expect(JSON.stringify(outcomes)).not.toMatch(/@example|silver/)
  })

  it('whose rows conflict with another contact are finished the ordinary way: that contact is the person', async () => {
    open = await openImporting({
      contacts: [{ id: '900', properties: { email: 'p1@example.com', city: 'Nantes' } }],
    })
    const audience = await makeList(open)
    const records = named(4, { city: 'Lille' })
    const [job = ''] = jobsOf(await add(open, audience, records))
    const outcomes = await settle(open, job, { audience, records })
    expect(statuses(outcomes)).toEqual(Array(4).fill('applied'))
    expect(keys(outcomes)[1]).toBe('900')
    expect(open.sandbox.contacts.get('900')?.properties).toMatchObject({
      city: 'Lille',
      hub_person_id: 'p_1',
    })
    expect([open.sandbox.contacts.all.size, memberCount(open, audience)]).toEqual([4, 4])
  })

  it('update a contact that has the key already', async () => {
    open = await openImporting({ contacts: [{ id: '900', properties: { hub_person_id: 'P_2' } }] })
    const audience = await makeList(open)
    const records = named(4, { city: 'Lille' })
    const [job = ''] = jobsOf(await add(open, audience, records))
    expect(keys(await settle(open, job, { audience, records }))[2]).toBe('900')
    expect(open.sandbox.contacts.get('900')?.properties['city']).toBe('Lille')
  })

  it('two records of one person share one row and one fate; with other values the second is rejected at once', async () => {
    open = await openImporting()
    const audience = await makeList(open)
    const records = [...named(4), ...named(1), ...named(1, { city: 'Lille' })]
    const outcomes = await add(open, audience, records)
    expect(codes(outcomes)).toEqual([...Array(5).fill('accepted'), 'duplicate_identifier'])
    const settled = await settle(open, jobsOf(outcomes)[0] ?? '', { audience, records: records.slice(0, 5) })
    expect(keys(settled)[4]).toBe(keys(settled)[0])
    expect(memberCount(open, audience)).toBe(4)
  })

  it.each([
    ['CANCELED', 'import_canceled'],
    ['REVERTED', 'import_reverted'],
    ['FAILED', 'import_failed'],
  ] as const)('that end as %s bring their people back', async (state, code) => {
    open = await openImporting()
    const audience = await makeList(open)
    const records = named(4)
    const [job = ''] = jobsOf(await add(open, audience, records))
    Object.assign(open.sandbox.imports.all.get(job) ?? {}, { state })
    expect(await readJob(open, job, { audience, records })).toMatchObject({
      status: 'failed',
      reason: { code },
    })
  })

  it('that failed as a whole are told with HubSpot’s own name of the fault', async () => {
    open = await openImporting()
    const audience = await makeList(open)
    const records = named(4)
    const [job = ''] = jobsOf(await add(open, audience, records))
    const failed = open.sandbox.imports.all.get(job)
    if (failed) Object.assign(failed, { state: 'FAILED' })
    failed?.faults.push({ errorType: 'INVALID_COLUMN_CONFIGURATION', lineNumber: 1, cells: [] })
    expect(await readJob(open, job, { audience, records })).toMatchObject({
      reason: { message: 'HubSpot failed the import: INVALID_COLUMN_CONFIGURATION.' },
    })
  })

  it('that HubSpot no longer knows bring their people back instead of being asked about for ever', async () => {
    open = await openImporting()
    const audience = await makeList(open)
    expect(await readJob(open, '1234567', { audience, records: named(4) })).toMatchObject({
      status: 'failed',
      reason: { code: 'import_gone' },
    })
  })

  it('whose contact is not there at the end send it again in the next run', async () => {
    open = await openImporting()
    const audience = await makeList(open)
    const records = named(4)
    const [job = ''] = jobsOf(await add(open, audience, records))
    open.clock.advance(60_000)
    open.sandbox.imports.advance()
    const gone = open.sandbox.contacts.findByUnique('hub_person_id', 'p_3')
    open.sandbox.contacts.archive(gone?.id ?? '')
    const state = await readJob(open, job, { audience, records })
    expect(state.status === 'done' && codes(state.outcomes ?? [])).toEqual([
      ...Array(3).fill('applied'),
      'not_found_after_import',
    ])
  })

  it('asked about twice, after a crash before the end was written, change nothing more', async () => {
    open = await openImporting()
    const audience = await makeList(open)
    const records = named(4)
    const [job = ''] = jobsOf(await add(open, audience, records))
    const first = await settle(open, job, { audience, records })
    const again = await settle(open, job, { audience, records })
    expect(keys(again)).toEqual(keys(first))
    expect([open.sandbox.contacts.all.size, memberCount(open, audience)]).toEqual([4, 4])
  })

  it('an error cursor that repeats ends the reading with an error', async () => {
    open = await openImporting()
    const audience = await makeList(open)
    const records = named(4)
    const [job = ''] = jobsOf(await add(open, audience, records))
    open.clock.advance(60_000)
    const body = { results: [], paging: { next: { after: 'again' } } }
    open.sandbox.faults.add({ kind: 'reply', match: /errors$/, times: 3, reply: { status: 200, body } })
    expect((await failure(readJob(open, job, { audience, records }))).code).toBe('connector.cursor_repeated')
  })
})

const definition = (name: string) => ({
  name,
  label: name,
  type: 'string',
  fieldType: 'text',
  groupName: 'contactinformation',
  hasUniqueValue: false,
})
