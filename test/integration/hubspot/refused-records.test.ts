import { afterEach, describe, expect, it } from 'vitest'
import type { Audience } from '../../../core/connector/destination.ts'
import {
  add,
  codes,
  failure,
  keys,
  makeList,
  openSandbox,
  people,
  statuses,
  type OpenSandbox,
} from './open-hubspot.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

const members = (audience: Audience): string[] =>
  [...(open.sandbox.lists.get(audience.externalId)?.members.keys() ?? [])].sort()
const requestsTo = (ending: string): number =>
  open.sandbox.requests.filter(({ path }) => path.endsWith(ending)).length

describe('refusals inside a batch', () => {
  it('with the unique property, bad records come back one by one and the others are written in one call', async () => {
    open = await openSandbox({ uniqueProperties: ['hub_person_id'] })
    const audience = await makeList(open)
    const records = Array.from({ length: 100 }, (_, index) => ({
      fields: {
        email: `p${index}@example.com`,
        hub_person_id: `p_${index}`,
        lifecyclestage: index === 37 ? 'Kunde von Ada' : 'customer',
      },
    }))
    const outcomes = await add(open, audience, records)
    expect(statuses(outcomes).filter((status) => status === 'applied')).toHaveLength(99)
    expect(outcomes[37]).toMatchObject({ status: 'rejected', reason: { code: 'unknown_option' } })
    expect(requestsTo('/batch/upsert')).toBe(1)
  })

  it('trap 12, N14: by e-mail one bad record fails its whole batch; bisection finds it and the rest is delivered', async () => {
    open = await openSandbox()
    const audience = await makeList(open)
    for (const culprit of [0, 37, 63]) {
      const records = Array.from({ length: 64 }, (_, index) => ({
        fields: {
          email: `c${culprit}-${index}@example.com`,
          lifecyclestage: index === culprit ? 'no such stage' : 'lead',
        },
      }))
      const before = requestsTo('/batch/upsert')
      const outcomes = await add(open, audience, records)
      expect(statuses(outcomes).filter((status) => status === 'applied')).toHaveLength(63)
      expect(outcomes[culprit]).toMatchObject({ status: 'rejected', reason: { code: 'unknown_option' } })
      expect(requestsTo('/batch/upsert') - before).toBeLessThanOrEqual(2 * Math.log2(64) + 1)
    }
  })

  it('trap 12: a duplicate unique value fails the whole call even with trace ids; only its record is rejected', async () => {
    open = await openSandbox({
      uniqueProperties: ['hub_person_id'],
      contacts: [
        { id: '900', properties: { email: 'p7@example.com', hub_person_id: 'other' } },
        { id: '901', properties: { email: 'x@example.com', hub_person_id: 'p_7' } },
      ],
    })
    const audience = await makeList(open)
    const records = Array.from({ length: 20 }, (_, index) => ({
      fields: { email: `p${index}@example.com`, hub_person_id: `p_${index}` },
    }))
    const outcomes = await add(open, audience, records)
    expect(codes(outcomes).filter((code) => code !== 'applied')).toEqual(['conflict'])
    expect(codes(outcomes)[7]).toBe('conflict')
  })

  it('B30: three duplicates in one batch end as the contacts they are', async () => {
    open = await openSandbox({
      uniqueProperties: ['hub_person_id'],
      contacts: ['700', '701', '702'].map((id) => ({ id, properties: { email: `${id}@example.com` } })),
    })
    const audience = await makeList(open)
    const records = ['700', '701', 'new', '702'].map((id) => ({
      fields: { email: `${id}@example.com`, hub_person_id: `h${id}`, city: 'Lille' },
    }))
    const outcomes = await add(open, audience, records)
    expect(statuses(outcomes)).toEqual(['applied', 'applied', 'applied', 'applied'])
    expect(keys(outcomes)).toEqual(['700', '701', '703', '702'])
  })

  it('B30: an update of a contact that was found by e-mail is there when it is read back', async () => {
    open = await openSandbox({ contacts: [{ id: '700', properties: { email: 'p0@example.com' } }] })
    const audience = await makeList(open)
    await add(open, audience, people(1, { city: 'Lille' }))
    const url = `${open.sandbox.url}/crm/objects/2026-09/contacts/700?properties=city`
    const answer = await fetch(url, { headers: { authorization: 'Bearer sandbox-token' } })
    expect(await answer.json()).toMatchObject({ properties: { city: 'Lille' } })
  })

  it('rules of the customer’s admin reject the record and name the rule', async () => {
    open = await openSandbox({ requiredProperties: ['company'], uniqueProperties: ['hub_person_id'] })
    const audience = await makeList(open)
    const outcomes = await add(open, audience, people(1, { hub_person_id: 'x' }))
    expect(outcomes).toMatchObject([
      {
        status: 'rejected',
        reason: { code: 'missing_required_property', message: 'Property company is required' },
      },
    ])
  })

  it('a property that the account lacks stops the run instead of rejecting everybody one by one', async () => {
    open = await openSandbox()
    const audience = await makeList(open)
    const error = await failure(add(open, audience, people(64, { no_such_property: 'x' })))
    expect(error.code).toBe('platform.invalid_request')
    expect(error.params['detail']).toContain('PROPERTY_DOESNT_EXIST')
    expect(requestsTo('/batch/upsert')).toBe(1)
  })

  it('a request that is too large is cut', async () => {
    open = await openSandbox()
    const audience = await makeList(open)
    open.sandbox.faults.add({ kind: 'reply', match: /upsert$/, reply: { status: 413, body: '' } })
    expect(new Set(statuses(await add(open, audience, people(10))))).toEqual(new Set(['applied']))
  })

  it('reasons hold none of the values that were sent', async () => {
    open = await openSandbox({ uniqueProperties: ['hub_person_id'] })
    const audience = await makeList(open)
    open.sandbox.faults.add({
      kind: 'reply',
      match: /upsert$/,
      reply: {
        status: 207,
        body: {
          status: 'COMPLETE',
          results: [],
          numErrors: 1,
          errors: [
            {
              status: 'error',
              category: 'VALIDATION_ERROR',
              message: 'Property values were not valid: Ada Lovelace of p0@example.com (INVALID_OPTION)',
              context: { objectWriteTraceId: ['row-0'] },
            },
          ],
        },
      },
    })
    const records = people(1, { firstname: 'Ada', lastname: 'Lovelace', hub_person_id: 'x' })
    const [outcome] = await add(open, audience, records)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unknown_option' } })
    expect(JSON.stringify(outcome)).not.toMatch(/Ada|Lovelace|p0@example/)
  })

  it('a record that the answer leaves out is sent again alone, and is unknown if it is left out again', async () => {
    open = await openSandbox()
    const audience = await makeList(open)
    const silence = { status: 200, body: { status: 'COMPLETE', results: [] } }
    open.sandbox.faults.add({ kind: 'reply', match: /upsert$/, reply: silence })
    expect(statuses(await add(open, audience, people(4)))).toEqual([
      'applied',
      'applied',
      'applied',
      'applied',
    ])
    open.sandbox.faults.add({ kind: 'reply', match: /upsert$/, reply: silence, times: 9 })
    const outcomes = await add(open, audience, [{ fields: { email: 'late@example.com' } }])
    expect(codes(outcomes)).toEqual(['not_answered'])
    expect(statuses(outcomes)).toEqual(['unknown'])
  })
})

describe('after a lost answer', () => {
  it('N02: a write whose answer was cut is sent again and changes nothing more', async () => {
    open = await openSandbox()
    const audience = await makeList(open)
    open.sandbox.faults.add({ kind: 'cut', when: 'after', match: /upsert$/ })
    expect((await failure(add(open, audience, people(5)))).code).toBe('platform.transient')
    open.sandbox.faults.add({ kind: 'cut', when: 'after', match: /memberships\/add$/ })
    expect((await failure(add(open, audience, people(5)))).code).toBe('platform.transient')
    const outcomes = await add(open, audience, people(5))
    expect(new Set(codes(outcomes))).toEqual(new Set(['already_member']))
    expect(members(audience)).toHaveLength(5)
    expect(open.sandbox.contacts.all.size).toBe(5)
  })
})
