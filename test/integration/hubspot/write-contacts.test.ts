import { afterEach, describe, expect, it } from 'vitest'
import type { BoundDestination } from '../../../core/connector/connector.ts'
import type { DestinationRecord } from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import {
  codes,
  failure,
  keys,
  never,
  openSandbox,
  people,
  statuses,
  type OpenSandbox,
} from './open-hubspot.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

function destination(kind: string): BoundDestination {
  const found = open.connection.destination(kind)
  if (!found) throw new Error(`there is no destination ${kind}`)
  return found
}

async function send(
  kind: string,
  audienceName: string,
  records: readonly DestinationRecord[],
): Promise<readonly Outcome[]> {
  const audience = await destination(kind).find({ name: audienceName })
  if (!audience) throw new Error(`there is no audience ${audienceName}`)
  return destination(kind).add({ audience, records, signal: never })
}
const write = (records: readonly DestinationRecord[]) => send('contacts', 'contacts', records)
const requestsTo = (part: string): number =>
  open.sandbox.requests.filter(({ path }) => path.includes(part)).length

describe('contacts', () => {
  it('creates and updates, and tells the key of each', async () => {
    open = await openSandbox({ contacts: [{ id: '900', properties: { email: 'p1@example.com' } }] })
    const outcomes = await write(people(2, { city: 'Lille' }))
    expect(statuses(outcomes)).toEqual(['applied', 'applied'])
    expect(keys(outcomes)[1]).toBe('900')
    expect(open.sandbox.contacts.get('900')?.properties['city']).toBe('Lille')
    expect(open.sandbox.lists.lists.size).toBe(0)
  })

  it('writes a thousand known contacts in ten calls', async () => {
    const ids = Array.from({ length: 1000 }, (_, index) => String(5000 + index))
    open = await openSandbox({ contacts: ids.map((id) => ({ id, properties: {} })) })
    const audience = await destination('contacts').find({ name: 'contacts' })
    open.calls.length = 0
    const records = ids.map((key) => ({ key, fields: { city: 'Lille' } }))
    await destination('contacts').add({
      audience: audience ?? { externalId: '', name: '' },
      records,
      signal: never,
    })
    expect(open.calls).toHaveLength(10)
  })

  it('is keyed by the unique property where a sync fills it: one bad record comes back by itself', async () => {
    open = await openSandbox({ uniqueProperties: ['hub_person_id'] })
    const records = [1, 2, 3].map((id) => ({
      fields: { hub_person_id: `p_${id}`, city: 'Lille', hs_object_source: null },
    }))
    const bad = { fields: { hub_person_id: 'p_bad', lifecyclestage: 'no such stage' } }
    expect(codes(await write([...records, bad]))).toEqual(['applied', 'applied', 'applied', 'unknown_option'])
    expect(requestsTo('/batch/upsert')).toBe(1)
    const again = await write(records.map((record) => ({ fields: { ...record.fields, city: 'Brest' } })))
    expect(statuses(again)).toEqual(['applied', 'applied', 'applied'])
    expect(open.sandbox.contacts.all.size).toBe(3)
  })

  it('has nothing to write for a known contact without fields, and sends nothing', async () => {
    open = await openSandbox({ contacts: [{ id: '900', properties: {} }] })
    expect(codes(await write([{ key: '900', fields: {} }]))).toEqual(['nothing_to_write'])
    expect(open.sandbox.ledger).toEqual([])
  })

  it('has one audience and offers no way to delete anybody', async () => {
    open = await openSandbox()
    expect(await destination('contacts').find({ name: 'Big spenders' })).toBeNull()
    expect(await destination('contacts').find({ name: 'renamed', externalId: '4242424' })).toMatchObject({
      name: 'contacts',
    })
    expect([destination('contacts').remove, destination('contacts').create]).toEqual([undefined, undefined])
  })

  it('forecasts at least the calls that a first send costs', async () => {
    open = await openSandbox()
    const forecast = destination('contacts').callsPerBatch?.(250)
    await write([])
    open.calls.length = 0
    await write(people(250, { city: 'Lille' }))
    expect(open.calls).toHaveLength(forecast ?? 0)
  })
})

const optOut = (audience: string, records = people(3)) => send('email_opt_out', audience, records)

describe('e-mail opt-out', () => {
  it('from everything goes by hundreds where the account may', async () => {
    open = await openSandbox()
    expect(statuses(await optOut('All e-mail', people(250)))).toEqual(Array(250).fill('applied'))
    expect(open.sandbox.consents.unsubscribedFromAll.size).toBe(250)
    expect(requestsTo('/statuses/batch/unsubscribe-all')).toBe(3)
  })

  it('from one subscription leaves the others', async () => {
    open = await openSandbox()
    await optOut('Newsletter')
    const status = (id: string) => open.sandbox.consents.status('p0@example.com', id)
    expect([status('501'), status('502')]).toEqual(['UNSUBSCRIBED', 'NOT_SPECIFIED'])
  })

  it('goes one by one where the account lacks the batch calls, and asks for them only once', async () => {
    open = await openSandbox()
    open.sandbox.scopes.delete('communication_preferences.statuses.batch.write')
    expect(statuses(await optOut('All e-mail'))).toEqual(['applied', 'applied', 'applied'])
    expect(statuses(await optOut('Newsletter'))).toEqual(['applied', 'applied', 'applied'])
    expect(requestsTo('/batch/')).toBe(1)
    expect(open.sandbox.consents.unsubscribedFromAll.size).toBe(3)
  })

  it('opt-out always wins: with only_denied, who denied is unsubscribed, who granted or has not decided is left alone', async () => {
    open = await openSandbox()
    const audience = await destination('email_opt_out').find({ name: 'Newsletter' })
    if (!audience) throw new Error('there is no newsletter')
    open.sandbox.consents.set('late@example.com', '501', 'SUBSCRIBED')
    const outcomes = await destination('email_opt_out').add({
      audience,
      settings: { only_denied: true },
      signal: never,
      records: [
        { fields: { email: 'no@example.com', consent: 'denied' } },
        { fields: { email: 'yes@example.com', consent: 'granted' } },
        { fields: { email: 'unknown@example.com' } },
        { fields: { email: 'late@example.com', consent: 'denied' } },
      ],
    })
    expect(codes(outcomes)).toEqual(['applied', 'not_opted_out', 'not_opted_out', 'applied'])
    expect(
      ['no', 'yes', 'unknown', 'late'].map((name) =>
        open.sandbox.consents.status(`${name}@example.com`, '501'),
      ),
    ).toEqual(['UNSUBSCRIBED', 'NOT_SPECIFIED', 'NOT_SPECIFIED', 'UNSUBSCRIBED'])
  })

  it('sent again changes nothing', async () => {
    open = await openSandbox()
    await optOut('Newsletter')
    open.sandbox.ledger.length = 0
    expect(statuses(await optOut('Newsletter'))).toEqual(['applied', 'applied', 'applied'])
    expect(open.sandbox.ledger).toEqual([])
  })

  it('can only ever unsubscribe: there is no remove, and no request says SUBSCRIBED', async () => {
    open = await openSandbox()
    open.sandbox.consents.set('p0@example.com', '501', 'SUBSCRIBED')
    await optOut('Newsletter')
    await optOut('All e-mail')
    expect(destination('email_opt_out').remove).toBeUndefined()
    expect(open.sandbox.ledger.filter(({ operation }) => operation === 'consent_subscribed')).toHaveLength(1)
    expect(open.sandbox.consents.status('p0@example.com', '501')).toBe('UNSUBSCRIBED')
  })

  it('a bad address harms no neighbour, in a batch and one by one', async () => {
    open = await openSandbox()
    const records = [
      ...people(1),
      { fields: { email: 'no address' } },
      { key: '900', fields: {} },
      ...people(1),
    ]
    expect(codes(await optOut('All e-mail', records))).toEqual([
      'applied',
      'invalid_email',
      'missing_identifier',
      'applied',
    ])
  })

  it('what the platform refuses is rejected without quoting the person', async () => {
    open = await openSandbox()
    open.sandbox.faults.add({
      kind: 'reply',
      match: /batch\/write/,
      reply: {
        status: 207,
        body: {
          results: [{ subscriberIdString: 'p0@example.com' }],
          errors: [
            { message: 'p1@example.com is blocked', context: { subscriberIdString: ['p1@example.com'] } },
          ],
        },
      },
    })
    const outcomes = await optOut('Newsletter', people(2))
    expect(codes(outcomes)).toEqual(['applied', 'refused_by_platform'])
    expect(JSON.stringify(outcomes)).not.toContain('p1@')
  })

  it('a batch that is refused as a whole is sent one by one', async () => {
    open = await openSandbox()
    open.sandbox.faults.add({
      kind: 'reply',
      match: /batch\/write/,
      reply: { status: 400, body: { status: 'error', category: 'VALIDATION_ERROR', message: 'no' } },
    })
    expect(statuses(await optOut('Newsletter'))).toEqual(['applied', 'applied', 'applied'])
  })

  it('an unknown or retired subscription is no audience', async () => {
    open = await openSandbox()
    expect(await destination('email_opt_out').find({ name: 'Old letter' })).toBeNull()
    expect(await destination('email_opt_out').find({ name: 'renamed', externalId: '502' })).toMatchObject({
      name: 'Product news',
    })
  })

  it('a missing permission is told, also one by one', async () => {
    open = await openSandbox()
    for (const scope of open.sandbox.scopes)
      if (scope.startsWith('communication_preferences.') && scope !== 'communication_preferences.read')
        open.sandbox.scopes.delete(scope)
    expect((await failure(optOut('Newsletter'))).code).toBe('platform.permission_missing')
  })
})
