/** The sandbox against the platform notes: each test names the part of chapter 1 that it holds the sandbox to. */
import { afterEach, describe, expect, it } from 'vitest'
import { contactsPath, openRawSandbox, type RawSandbox } from './sandbox-client.ts'

let open: RawSandbox
afterEach(() => open.sandbox.close())

const seed = (id: string, properties: Record<string, string> = {}) => ({
  id,
  properties: { email: `${id}@example.com`, ...properties },
})
const upsertInput = (id: string, properties: object = {}, trace = true) => ({
  idProperty: 'hub_person_id',
  id,
  ...(trace && { objectWriteTraceId: `t-${id}` }),
  properties: { hub_person_id: id, ...properties },
})
const emailInput = (email: string, properties: object = {}) => ({
  idProperty: 'email',
  id: email,
  objectWriteTraceId: email,
  properties: { email, ...properties },
})
const upsert = (inputs: object[]) => open.send('POST', `${contactsPath}/batch/upsert`, { inputs })

describe('1.3 list', () => {
  it('at most 100 a page, in order of id; `after` is simply the next record id', async () => {
    open = await openRawSandbox({ contacts: ['30', '10', '20'].map((id) => seed(id)) })
    const first = await open.send('GET', `${contactsPath}?limit=2`)
    expect(first.body.results.map((contact: { id: string }) => contact.id)).toEqual(['10', '20'])
    expect(first.body.paging.next.after).toBe('30')
    const second = await open.send('GET', `${contactsPath}?limit=2&after=30`)
    expect(second.body.results).toHaveLength(1)
    expect(second.body).not.toHaveProperty('paging')
    expect((await open.send('GET', `${contactsPath}?limit=101`)).status).toBe(400)
  })

  it('without `properties` only firstname, lastname, email and timestamps; asked for ones are texts or null', async () => {
    open = await openRawSandbox({ contacts: [seed('10', { city: 'Lille' })] })
    const plain = await open.send('GET', `${contactsPath}/10`)
    expect(Object.keys(plain.body.properties).toSorted()).toEqual([
      'createdate',
      'email',
      'firstname',
      'hs_object_id',
      'lastmodifieddate',
      'lastname',
    ])
    const asked = await open.send('GET', `${contactsPath}/10?properties=city,phone`)
    expect(asked.body.properties).toMatchObject({ city: 'Lille', phone: null })
  })

  it('archived contacts are only in the archived listing', async () => {
    open = await openRawSandbox({ contacts: [seed('10'), seed('20')] })
    await open.send('DELETE', `${contactsPath}/10`)
    expect((await open.send('GET', contactsPath)).body.results).toHaveLength(1)
    const archived = (await open.send('GET', `${contactsPath}?archived=true`)).body.results
    expect(archived).toMatchObject([{ id: '10', archived: true, archivedAt: '2026-11-22T10:00:00.000Z' }])
  })
})

describe('1.3 merges', () => {
  it('make a new id; both old ids answer with the canonical record; batch update does not accept them', async () => {
    open = await openRawSandbox({ contacts: [seed('10'), seed('20')] })
    const merged = await open.send('POST', `${contactsPath}/merge`, {
      primaryObjectId: '10',
      objectIdToMerge: '20',
    })
    const { id } = merged.body
    expect(['10', '20']).not.toContain(id)
    for (const old of ['10', '20']) {
      const read = await open.send(
        'GET',
        `${contactsPath}/${old}?properties=hs_merged_object_ids,hs_additional_emails`,
      )
      expect(read.body).toMatchObject({
        id,
        properties: { hs_merged_object_ids: '10;20', hs_additional_emails: '20@example.com' },
      })
    }
    expect((await open.send('PATCH', `${contactsPath}/10`, { properties: { city: 'x' } })).body.id).toBe(id)
    const update = await open.send('POST', `${contactsPath}/batch/update`, {
      inputs: [{ id: '10', objectWriteTraceId: 't', properties: { city: 'y' } }],
    })
    expect(update.body).toMatchObject({ results: [], errors: [{ category: 'OBJECT_NOT_FOUND' }] })
  })

  it('a secondary address is unique across the account too: creating it is a 409', async () => {
    open = await openRawSandbox({ contacts: [seed('10'), seed('20')] })
    await open.send('POST', `${contactsPath}/merge`, { primaryObjectId: '10', objectIdToMerge: '20' })
    const refused = await open.send('POST', contactsPath, { properties: { email: '20@example.com' } })
    expect(refused).toMatchObject({ status: 409, body: { category: 'CONFLICT' } })
  })
})

describe('1.3 batch read', () => {
  it('takes 100 ids, answers missing ones as errors of a 207, also by a unique property', async () => {
    open = await openRawSandbox({ contacts: [seed('10')] })
    const read = await open.send('POST', `${contactsPath}/batch/read`, {
      idProperty: 'email',
      properties: ['email'],
      inputs: [{ id: '10@example.com' }, { id: 'no@example.com' }],
    })
    expect(read.status).toBe(207)
    expect(read.body.results).toHaveLength(1)
    expect(read.body.errors).toMatchObject([
      { category: 'OBJECT_NOT_FOUND', context: { ids: ['no@example.com'] } },
    ])
    const inputs = Array.from({ length: 101 }, (_, index) => ({ id: String(index) }))
    expect((await open.send('POST', `${contactsPath}/batch/read`, { inputs })).status).toBe(400)
  })
})

describe('1.4 batch upsert', () => {
  it('creates and updates, and says which', async () => {
    open = await openRawSandbox({
      uniqueProperties: ['hub_person_id'],
      contacts: [seed('10', { hub_person_id: 'a' })],
    })
    const answer = await upsert([upsertInput('a', { city: 'Lille' }), upsertInput('b')])
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      status: 'COMPLETE',
      results: [
        { id: '10', new: false, objectWriteTraceId: 't-a' },
        { new: true, objectWriteTraceId: 't-b' },
      ],
    })
  })

  it('takes at most 100 inputs, none twice', async () => {
    open = await openRawSandbox({ uniqueProperties: ['hub_person_id'] })
    expect((await upsert(Array.from({ length: 101 }, (_, index) => upsertInput(`p${index}`)))).status).toBe(
      400,
    )
    expect((await upsert([upsertInput('a'), upsertInput('a')])).status).toBe(400)
  })

  it('with a trace id on every input the bad one comes back alone (207), without them all fail (400)', async () => {
    open = await openRawSandbox({ uniqueProperties: ['hub_person_id'] })
    const bad = { email: 'not an address' }
    const mixed = await upsert([upsertInput('a'), upsertInput('b', bad)])
    expect(mixed).toMatchObject({
      status: 207,
      body: {
        numErrors: 1,
        errors: [{ status: 'error', category: 'VALIDATION_ERROR', context: { objectWriteTraceId: ['t-b'] } }],
      },
    })
    expect((await upsert([upsertInput('c'), upsertInput('d', bad, false)])).status).toBe(400)
    expect(open.sandbox.contacts.findByUnique('hub_person_id', 'c')).toBeUndefined()
  })

  it('a duplicate unique value fails the entire call, trace ids or not', async () => {
    open = await openRawSandbox({ uniqueProperties: ['hub_person_id'], contacts: [seed('10')] })
    const answer = await upsert([upsertInput('a'), upsertInput('b', { email: '10@example.com' })])
    expect(answer).toMatchObject({ status: 409, body: { category: 'CONFLICT' } })
    expect(open.sandbox.contacts.all.size).toBe(1)
  })

  it('by `email` there is no partial success', async () => {
    open = await openRawSandbox()
    const answer = await upsert([
      emailInput('a@example.com'),
      emailInput('b@example.com', { lifecyclestage: 'nonsense' }),
    ])
    expect(answer.status).toBe(400)
    expect(open.sandbox.contacts.all.size).toBe(0)
  })

  it('is only keyed by a property with unique values', async () => {
    open = await openRawSandbox()
    expect((await upsert([{ idProperty: 'city', id: 'Lille', properties: {} }])).status).toBe(400)
  })

  it.each([
    ['an enumeration value that does not exist', { lifecyclestage: 'Customer' }],
    ['a property that does not exist', { no_such: 'x' }],
    ['a text over 65,536 characters', { city: 'x'.repeat(65_537) }],
    ['a property that HubSpot fills', { hs_object_id: '1' }],
  ])('refuses %s', async (_what, properties) => {
    open = await openRawSandbox()
    expect((await open.send('POST', contactsPath, { properties })).status).toBe(400)
  })

  it('"" clears a value', async () => {
    open = await openRawSandbox({ contacts: [seed('10', { city: 'Lille' })] })
    await open.send('PATCH', `${contactsPath}/10`, { properties: { city: '' } })
    expect((await open.send('GET', `${contactsPath}/10?properties=city`)).body.properties.city).toBeNull()
  })

  it('1.0: rules of the admin refuse new contacts that lack a required property', async () => {
    open = await openRawSandbox({ requiredProperties: ['company'] })
    const refused = await open.send('POST', contactsPath, { properties: { email: 'a@example.com' } })
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ code: 'MISSING_REQUIRED_PROPERTY' }] } })
  })
})

describe('1.8 traps', () => {
  it('4: batch update by e-mail changes nothing and says OK', async () => {
    open = await openRawSandbox({ contacts: [seed('10')] })
    const answer = await open.send('POST', `${contactsPath}/batch/update`, {
      inputs: [{ id: '10@example.com', idProperty: 'email', properties: { city: 'Lille' } }],
    })
    expect(answer.status).toBe(200)
    expect(open.sandbox.contacts.get('10')?.properties['city']).toBeUndefined()
  })

  it('8: batch create names only the first duplicate and creates nothing', async () => {
    open = await openRawSandbox({ contacts: [seed('10'), seed('20')] })
    const inputs = ['new', '10', '20'].map((name) => ({ properties: { email: `${name}@example.com` } }))
    const answer = await open.send('POST', `${contactsPath}/batch/create`, { inputs })
    expect(answer).toMatchObject({
      status: 409,
      body: { message: 'Contact already exists. Existing ID: 10' },
    })
    expect(open.sandbox.contacts.all.size).toBe(2)
  })
})

describe('1.7 erasure', () => {
  it('erases for good by id; an unknown address is put on a block list', async () => {
    open = await openRawSandbox({ contacts: [seed('10')] })
    expect((await open.send('POST', `${contactsPath}/gdpr-delete`, { objectId: '10' })).status).toBe(204)
    expect((await open.send('GET', `${contactsPath}?archived=true`)).body.results).toEqual([])
    const unknown = { idProperty: 'email', objectId: 'never@example.com' }
    expect((await open.send('POST', `${contactsPath}/gdpr-delete`, unknown)).status).toBe(204)
    expect(
      (await open.send('POST', contactsPath, { properties: { email: 'never@example.com' } })).status,
    ).toBe(400)
  })
})

describe('ledger', () => {
  it('notes each accepted write on contacts, and no refused one', async () => {
    open = await openRawSandbox({ contacts: [seed('10')] })
    await open.send('POST', contactsPath, { properties: { email: '10@example.com' } })
    await open.send('PATCH', `${contactsPath}/10`, { properties: { city: 'Lille' } })
    await open.send('DELETE', `${contactsPath}/10`)
    expect(
      open.sandbox.ledger.map(({ operation, target, members }) => [operation, target, ...members]),
    ).toEqual([
      ['contact_update', 'contacts', '10'],
      ['contact_archive', 'contacts', '10'],
    ])
  })
})
