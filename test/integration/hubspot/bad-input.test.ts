/** What goes wrong on the admin's side: each has its own error with what to do about it, and no record is lost. */
import { afterEach, describe, expect, it } from 'vitest'
import type { AffluentError } from '../../../core/errors/affluent-error.ts'
import { createTranslator } from '../../../hub-server/locales/translate.ts'
import {
  add,
  codes,
  connectHubspot,
  failure,
  makeList,
  openSandbox,
  people,
  readAll,
  statuses,
  type OpenSandbox,
} from './open-hubspot.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

const fresh = 11 * 60_000
const seeds = (count: number, properties: Record<string, string> = {}) =>
  Array.from({ length: count }, (_, index) => ({
    id: String(1000 + index),
    properties: { email: `s${index}@example.com`, ...properties },
  }))

/** What the admin reads under "what to do". */
const repairOf = (error: AffluentError): string => createTranslator('en').error(error).repair

function retype(name: string, change: object): void {
  const { definitions } = open.sandbox.contacts
  const definition = definitions.get(name)
  if (!definition) throw new Error(`there is no property ${name}`)
  definitions.set(name, { ...definition, ...change })
}

describe('credentials', () => {
  it('expired: says that the token has ended and where to make another', async () => {
    open = await openSandbox()
    open.sandbox.expireToken()
    const error = await failure(readAll(open))
    expect(error).toMatchObject({
      code: 'platform.auth_expired',
      params: { category: 'EXPIRED_AUTHENTICATION' },
    })
    expect(repairOf(error)).toMatch(/has ended.*Service Keys/)
  })

  it('revoked: says that the key was rotated or deleted', async () => {
    open = await openSandbox()
    const revoked = connectHubspot(open.sandbox.url, open.clock, { access_token: 'pat-of-yesterday' })
    const error = await failure(readAll(revoked))
    expect(error).toMatchObject({
      code: 'platform.auth_expired',
      params: { category: 'INVALID_AUTHENTICATION' },
    })
    expect(repairOf(error)).toMatch(/rotated or deleted/)
    expect(JSON.stringify(error.params)).not.toContain('pat-of-yesterday')
  })

  it.each([
    ['reading contacts', 'crm.objects.contacts.read'],
    ['adding members to a list', 'crm.lists.write'],
  ])('reduced: %s names the scope %s that is missing, and adds it where', async (act, scope) => {
    open = await openSandbox({ contacts: seeds(1) })
    const audience = await makeList(open)
    open.sandbox.scopes.delete(scope)
    const work = act.startsWith('reading')
      ? readAll(open)
      : add(open, audience, [{ key: '1000', fields: {} }])
    const error = await failure(work)
    expect(error).toMatchObject({ code: 'platform.permission_missing', params: { act, scopes: scope } })
    expect(repairOf(error)).toBe(`Add to the Service Key, or to the private app, in HubSpot: ${scope}.`)
  })
})

describe('a changed account behind the same connection', () => {
  it('is refused where portal_id says which one is meant, for writes too', async () => {
    open = await openSandbox({}, { portal_id: '1' })
    const audience = { externalId: '1', name: 'x' }
    const error = await failure(add(open, audience, people(1)))
    expect(error).toMatchObject({
      code: 'platform.account_changed',
      params: { expected: '1', found: '4242424' },
    })
    expect(open.sandbox.contacts.all.size).toBe(0)
  })

  it('is noticed without portal_id by what was read before; the old access goes on where it was', async () => {
    const other = await openSandbox({ contacts: seeds(2), account: { portalId: 77 } })
    open = await openSandbox({ contacts: seeds(3) })
    const { cursor } = await readAll(open)
    open.sandbox.contacts.update('1001', { city: 'Lille' })
    open.clock.advance(120_000)
    const error = await failure(readAll(other, cursor))
    await other.sandbox.close()
    expect(error).toMatchObject({
      code: 'platform.account_changed',
      params: { expected: '4242424', found: '77' },
    })
    expect(other.calls.map(({ act }) => act)).not.toContain('searching changed contacts')
    expect((await readAll(open, cursor)).records.map(({ externalId }) => externalId)).toContain('1001')
  })
})

describe('drifted schema', () => {
  it('field removed: a mapped property is named before anything is read', async () => {
    open = await openSandbox({ contacts: seeds(1, { loyalty_tier: 'gold' }) })
    const { cursor } = await readAll(open, null, ['email', 'loyalty_tier'])
    open.sandbox.contacts.definitions.delete('loyalty_tier')
    open.clock.advance(fresh)
    const error = await failure(readAll(open, cursor, ['email', 'loyalty_tier']))
    expect(error.params).toMatchObject({ properties: 'loyalty_tier', reason: 'property_missing' })
    expect(repairOf(error)).toContain('create these properties of contacts in HubSpot: loyalty_tier')
  })

  it('field removed: a written property stops the run and says so; once it is back, everybody is applied', async () => {
    open = await openSandbox({ contacts: seeds(1, { loyalty_tier: 'gold' }) })
    const audience = await makeList(open)
    const definition = open.sandbox.contacts.definitions.get('loyalty_tier')
    open.sandbox.contacts.definitions.delete('loyalty_tier')
    const records = people(3, { loyalty_tier: 'gold' })
    const error = await failure(add(open, audience, records))
    expect(error.code).toBe('platform.invalid_request')
    expect(repairOf(error)).toContain('is no contact property of the account')
    if (definition) open.sandbox.contacts.definitions.set('loyalty_tier', definition)
    expect(statuses(await add(open, audience, records))).toEqual(['applied', 'applied', 'applied'])
  })

  it('field renamed: a new label changes nothing, since internal names are for ever', async () => {
    open = await openSandbox({ contacts: seeds(1, { loyalty_tier: 'gold' }) })
    const { cursor } = await readAll(open, null, ['loyalty_tier'])
    retype('loyalty_tier', { label: 'Status of loyalty' })
    open.sandbox.contacts.update('1000', { loyalty_tier: 'silver' })
    open.clock.advance(fresh)
    const { records } = await readAll(open, cursor, ['loyalty_tier'])
    expect(records.map(({ fields }) => fields)).toEqual([{ loyalty_tier: 'silver' }])
  })

  it('field renamed by making another one: the old name is told as missing', async () => {
    open = await openSandbox({ contacts: seeds(1, { loyalty_tier: 'gold' }) })
    const { cursor } = await readAll(open, null, ['loyalty_tier'])
    retype('loyalty_tier', { name: 'tier' })
    open.sandbox.contacts.definitions.delete('loyalty_tier')
    open.clock.advance(fresh)
    const error = await failure(readAll(open, cursor, ['loyalty_tier']))
    expect(error.params['said']).toBe('the account has no such property of contacts: loyalty_tier')
  })

  it('field retyped: is told once with both types, then all records are read with their new values', async () => {
    open = await openSandbox({ contacts: seeds(3, { score: '7' }) })
    const { cursor } = await readAll(open, null, ['score'])
    retype('score', { type: 'number' })
    open.clock.advance(fresh)
    const pages: { cursor: unknown }[] = []
    const reading = async (): Promise<void> => {
      const signal = new AbortController().signal
      for await (const page of open.contacts.read({ cursor, fields: ['score'], signal })) pages.push(page)
    }
    const error = await failure(reading())
    expect(error).toMatchObject({
      code: 'platform.invalid_request',
      params: { properties: 'score', reason: 'property_retyped' },
    })
    expect(repairOf(error)).toContain('score (string → number)')
    const again = await readAll(open, JSON.parse(JSON.stringify(pages.at(-1)?.cursor)), ['score'])
    expect(again.records.map(({ externalId }) => externalId)).toEqual(['1000', '1001', '1002'])
    expect((await readAll(open, again.cursor, ['score'])).records).toEqual([])
  })

  it('field retyped: values that no longer fit are rejected one by one, each with what to do', async () => {
    open = await openSandbox({ uniqueProperties: ['hub_person_id'], contacts: seeds(1, { score: '7' }) })
    const audience = await makeList(open)
    retype('score', { type: 'number' })
    const outcomes = await add(open, audience, [
      { fields: { hub_person_id: 'a', score: 'many' } },
      { fields: { hub_person_id: 'b', score: 8 } },
    ])
    expect(codes(outcomes)).toEqual(['wrong_type', 'applied'])
    expect(outcomes[0]).toMatchObject({
      reason: { message: expect.stringContaining('change its type in HubSpot') },
    })
  })

  it('option added: it is read as it is', async () => {
    open = await openSandbox({ contacts: seeds(1, { tier: 'gold' }) })
    const gold = { label: 'Gold', value: 'gold' }
    retype('tier', { type: 'enumeration', options: [gold] })
    const { cursor } = await readAll(open, null, ['tier'])
    retype('tier', { options: [gold, { label: 'Platinum', value: 'platinum' }] })
    open.sandbox.contacts.update('1000', { tier: 'platinum' })
    open.clock.advance(fresh)
    const { records } = await readAll(open, cursor, ['tier'])
    expect(records.map(({ fields }) => fields)).toEqual([{ tier: 'platinum' }])
  })

  it('option that HubSpot lacks: the record is rejected and told what to add; once it is added, it is applied', async () => {
    open = await openSandbox({ uniqueProperties: ['hub_person_id'], contacts: seeds(1, { tier: 'gold' }) })
    const audience = await makeList(open)
    retype('tier', { type: 'enumeration', options: [{ label: 'Gold', value: 'gold' }] })
    const records = [
      { fields: { hub_person_id: 'a', tier: 'platinum' } },
      { fields: { hub_person_id: 'b', tier: 'gold' } },
    ]
    const outcomes = await add(open, audience, records)
    expect(codes(outcomes)).toEqual(['unknown_option', 'applied'])
    expect(outcomes[0]).toMatchObject({ reason: { message: expect.stringContaining('Add the option') } })
    retype('tier', {
      options: [
        { label: 'Platinum', value: 'platinum' },
        { label: 'Gold', value: 'gold' },
      ],
    })
    expect(codes(await add(open, audience, records))).toEqual(['applied', 'applied'])
  })
})

describe('an audience that somebody changed', () => {
  it('list deleted: no member is blamed, and the admin is told how to get it back', async () => {
    open = await openSandbox({ contacts: seeds(2) })
    const audience = await makeList(open)
    open.sandbox.lists.remove(audience.externalId)
    const members = [{ key: '1000', fields: {} }]
    const error = await failure(add(open, audience, members))
    expect(error).toMatchObject({ code: 'platform.audience_unusable', params: { reason: 'list_deleted' } })
    expect(repairOf(error)).toContain('within 90 days')
    expect(await open.list.find({ name: audience.name, externalId: audience.externalId })).toBeNull()
    open.sandbox.lists.restore(audience.externalId)
    expect(codes(await add(open, audience, members))).toEqual(['applied'])
  })

  it('list converted to an active one: is told while it is written to and when it is looked for', async () => {
    open = await openSandbox({ contacts: seeds(2) })
    const audience = await makeList(open)
    Object.assign(open.sandbox.lists.get(audience.externalId) ?? {}, { processingType: 'DYNAMIC' })
    const works = [
      () => add(open, audience, [{ key: '1000', fields: {} }]),
      () => open.list.find({ name: audience.name, externalId: audience.externalId }),
    ]
    for (const work of works) {
      const error = await failure(work())
      expect(error).toMatchObject({ code: 'platform.audience_unusable', params: { reason: 'dynamic_list' } })
      expect(repairOf(error)).toContain('Convert the segment to a static one')
    }
  })
})

describe('maintenance', () => {
  const page = '<!doctype html><title>HubSpot is down for maintenance</title>'
  const html = { 'content-type': 'text/html' }

  it.each([
    [503, 'platform.transient'],
    [502, 'platform.transient'],
    [200, 'platform.unreadable_answer'],
  ])('an HTML page with status %s while reading is no end of the stream: %s', async (status, code) => {
    open = await openSandbox({ contacts: seeds(250) })
    const reply = { status, headers: html, body: page }
    open.sandbox.faults.add({ kind: 'reply', match: /objects.*contacts$/, skip: 1, reply })
    const error = await failure(readAll(open))
    expect(error.code).toBe(code)
    expect(JSON.stringify(error.params)).not.toContain('doctype')
    expect((await readAll(open)).records).toHaveLength(250)
  })

  it.each([
    [503, 'platform.transient'],
    [200, 'platform.unreadable_answer'],
  ])(
    'an HTML page with status %s while writing is no success: %s, and the next try applies everybody',
    async (status, code) => {
      open = await openSandbox()
      const audience = await makeList(open)
      open.sandbox.faults.add({
        kind: 'reply',
        match: /upsert$/,
        reply: { status, headers: html, body: page },
      })
      expect((await failure(add(open, audience, people(3)))).code).toBe(code)
      expect(statuses(await add(open, audience, people(3)))).toEqual(['applied', 'applied', 'applied'])
    },
  )
})
