import { createHmac } from 'node:crypto'
import nock from 'nock'
import { describe, expect, it } from 'vitest'
import { sha256Hex } from '../../../connectors/meta/hashing.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { nockNetwork } from '../../support/nocked-network.ts'
import { connectMeta, never, startAt } from './graph.ts'

// What goes over the wire, byte for byte, as section 1 of the platform notes has it. Nothing answers but nock.
const host = 'https://graph.facebook.com'
const audience = { externalId: '23850000000000001', name: 'Big spenders' }
const query = { access_token: 'sandbox-token' }
const [email, phone] = [sha256Hex('a@b.com'), sha256Hex('33612345678')]
const accepted = { num_received: 1, num_invalid_entries: 0, invalid_entry_samples: {} }

nockNetwork()

const meta = (config = {}) => connectMeta(host, config, createFixedClock(startAt))

const state = 'is_value_based,operation_status,fields_violating_integrity_policy,delete_time'

describe('meta: requests on the wire', () => {
  it('adds people by POST /{audience}/users with payload and session', async () => {
    let sent: Record<string, unknown> = {}
    nock(host, { reqheaders: { 'content-type': 'application/json' } })
      .post(`/v25.0/${audience.externalId}/users`, (body) => {
        sent = body
        return true
      })
      .query(query)
      .reply(200, accepted)
    const records = [{ fields: { EMAIL: ' A@B.com', PHONE: '+33 6 12 34 56 78' } }]
    await meta().audiences.add({ audience, records, signal: never })
    expect(sent).toEqual({
      payload: { schema: ['EMAIL', 'PHONE'], data: [[email, phone]] },
      session: {
        session_id: expect.any(Number),
        batch_seq: 1,
        last_batch_flag: true,
        estimated_num_total: 1,
      },
    })
  })

  it('removes people by POST with method=DELETE in the body, never by DELETE (trap 2)', async () => {
    let sent: Record<string, unknown> = {}
    nock(host)
      .post(`/v25.0/${audience.externalId}/users`, (body) => {
        sent = body
        return true
      })
      .query(query)
      .reply(200, accepted)
    const records = [{ fields: { EMAIL: 'a@b.com' } }]
    expect(await meta().audiences.remove({ audience, records, signal: never })).toEqual([
      { status: 'applied' },
    ])
    expect(sent).toMatchObject({ method: 'DELETE', payload: { schema: ['EMAIL'], data: [[email]] } })
  })

  it('reads the terms, then creates the audience', async () => {
    nock(host)
      .get('/v25.0/act_1234567890')
      .query({ ...query, fields: 'id,tos_accepted,user_tos_accepted' })
      .reply(200, { id: 'act_1234567890', tos_accepted: { custom_audience_tos: 1 } })
      .post('/v25.0/act_1234567890/customaudiences', {
        name: 'Big spenders',
        subtype: 'CUSTOM',
        customer_file_source: 'PARTNER_PROVIDED_ONLY',
      })
      .query(query)
      .reply(200, { id: '23850000000000001' })
    const { audiences } = meta({ customer_file_source: 'PARTNER_PROVIDED_ONLY' })
    expect(await audiences.create({ name: 'Big spenders' })).toMatchObject(audience)
  })

  it('lists audiences in pages of 20 by cursor, and never follows paging.next', async () => {
    const edge = '/v25.0/act_1234567890/customaudiences'
    const page = { ...query, fields: `id,name,subtype,${state}`, limit: '20' }
    const next = 'https://elsewhere.example/v25.0/stolen?access_token=x'
    nock(host)
      .get(edge)
      .query(page)
      .reply(200, { data: [], paging: { cursors: { after: 'Q1' }, next } })
      .get(edge)
      .query({ ...page, after: 'Q1' })
      .reply(200, { data: [{ id: '7', name: 'Big spenders', subtype: 'CUSTOM' }], paging: {} })
    expect(await meta().audiences.find({ name: 'Big spenders' })).toMatchObject({ externalId: '7' })
  })

  it('reads a stored audience and its size', async () => {
    const path = `/v25.0/${audience.externalId}`
    nock(host)
      .get(path)
      .query({ ...query, fields: `id,name,account_id,${state}` })
      .reply(200, { id: audience.externalId, name: 'Renamed', account_id: '1234567890' })
      .get(path)
      .query({
        ...query,
        fields: 'id,approximate_count_lower_bound,approximate_count_upper_bound,delivery_status',
      })
      .reply(200, {
        id: audience.externalId,
        approximate_count_lower_bound: 900,
        approximate_count_upper_bound: 1_000,
      })
    const { audiences } = meta()
    expect(await audiences.find(audience)).toMatchObject({ name: 'Renamed' })
    expect(await audiences.readSize(audience)).toEqual({ atLeast: 900, atMost: 1_000 })
  })

  it('erases a person by POST usersofanyaudience with method=DELETE', async () => {
    nock(host)
      .post('/v25.0/act_1234567890/usersofanyaudience', {
        method: 'DELETE',
        payload: {
          schema: ['EMAIL', 'PHONE'],
          data: [
            [email, ''],
            ['', phone],
          ],
        },
      })
      .query(query)
      .reply(200, { num_received: 2 })
    const sent = [{ EMAIL: 'a@b.com' }, { PHONE: '+33612345678' }]
    expect(await meta().connection.erase?.({ keys: [], sent })).toMatchObject({
      status: 'removed_from_audiences',
    })
  })

  it('asks who it is and what it may do when the connection is tested', async () => {
    nock(host)
      .get('/v25.0/me')
      .query({ ...query, fields: 'id' })
      .reply(200, { id: '1' })
      .get('/v25.0/me/permissions')
      .query(query)
      .reply(200, { data: [{ permission: 'ads_management', status: 'granted' }] })
      .get('/v25.0/act_1234567890')
      .query({ ...query, fields: 'id,tos_accepted,user_tos_accepted' })
      .reply(200, { id: 'act_1234567890', user_tos_accepted: { custom_audience_tos: 1 } })
    const lines = await meta().connection.test()
    expect(lines.map(({ ok }) => ok)).toEqual([true, true, true, true])
  })

  it('proves the app secret in queries and in bodies', async () => {
    const appsecret_proof = createHmac('sha256', 's3cret').update('sandbox-token').digest('hex')
    nock(host)
      .get(`/v25.0/${audience.externalId}`)
      .query((given) => given['appsecret_proof'] === appsecret_proof)
      .reply(200, { id: audience.externalId, name: 'x' })
      .post(`/v25.0/${audience.externalId}/users`, (body) => body.appsecret_proof === appsecret_proof)
      .query(query)
      .reply(200, accepted)
    const { audiences } = meta({ app_secret: 's3cret' })
    expect(await audiences.find(audience)).toMatchObject({ name: 'x' })
    const records = [{ fields: { EMAIL: 'a@b.com' } }]
    expect(await audiences.add({ audience, records, signal: never })).toEqual([{ status: 'applied' }])
  })

  it('speaks the version and host of its own connection, beside another one (trap 1)', async () => {
    nock('https://one.example').get('/v25.0/5').query(true).reply(200, { id: '5', name: 'one' })
    nock('https://two.example').get('/v26.0/5').query(true).reply(200, { id: '5', name: 'two' })
    const one = connectMeta('https://one.example')
    const two = connectMeta('https://two.example', { api_version: 'v26.0' })
    const found = await Promise.all(
      [one, two].map(({ audiences }) => audiences.find({ name: 'x', externalId: '5' })),
    )
    expect(found.map((each) => each?.name)).toEqual(['one', 'two'])
  })

  it('sends Limited Data Use with each row when the connection says so', async () => {
    nock(host)
      .post(`/v25.0/${audience.externalId}/users`, (body) => {
        expect(body.payload.data).toEqual([[email, ['LDU'], 0, 0]])
        return true
      })
      .query(query)
      .reply(200, accepted)
    const { audiences } = meta({ limited_data_use: { country: 0, state: 0 } })
    await audiences.add({ audience, records: [{ fields: { EMAIL: 'a@b.com' } }], signal: never })
  })

  it('switches no crash reporter on (trap 4)', async () => {
    nock(host).get('/v25.0/5').query(true).reply(200, { id: '5', name: 'one' })
    const before = process.listenerCount('uncaughtException')
    await meta().audiences.find({ name: 'x', externalId: '5' })
    expect(process.listenerCount('uncaughtException')).toBe(before)
  })

  it('does not follow a redirect, which would carry the token elsewhere', async () => {
    nock(host).get('/v25.0/5').query(true).reply(302, '', { location: 'https://elsewhere.example/' })
    await expect(meta().audiences.find({ name: 'x', externalId: '5' })).rejects.toMatchObject({
      code: 'platform.unreadable_answer',
    })
  })
})
