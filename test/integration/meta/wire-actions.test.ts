import nock from 'nock'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../core/port/json.ts'
import { nockNetwork } from '../../support/nocked-network.ts'
import { connectMeta } from './graph.ts'

// What actions send, byte for byte, as sections 1.3 and 1.5 of the platform notes have it. Nothing answers but nock.
const host = 'https://graph.facebook.com'
const listFields =
  'id,name,subtype,is_value_based,operation_status,fields_violating_integrity_policy,delete_time'
const token = { access_token: 'sandbox-token' }

nockNetwork()

const run = (name: string, input: JsonObject) => connectMeta(host).connection.action(name)?.run(input)

describe('meta: actions on the wire', () => {
  it('creates a lookalike with its specification as JSON text', async () => {
    nock(host)
      .get('/v25.0/act_1234567890/customaudiences')
      .query({ ...token, fields: listFields, limit: '20' })
      .reply(200, { data: [] })
      .get('/v25.0/11')
      .query({
        ...token,
        fields:
          'id,account_id,approximate_count_upper_bound,delivery_status,lookalike_audience_ids,is_value_based',
      })
      .reply(200, { id: '11', account_id: '1234567890', approximate_count_upper_bound: 1_200 })
      .post('/v25.0/act_1234567890/customaudiences', {
        name: 'Like them',
        subtype: 'LOOKALIKE',
        origin_audience_id: '11',
        lookalike_spec: '{"ratio":0.01,"country":"US"}',
      })
      .query(token)
      .reply(200, { id: '23850000000000009' })
    const input = { name: 'Like them', origin_audience_id: '11', ratio: 0.01, countries: ['US'] }
    expect(await run('create_lookalike', input)).toMatchObject({ id: '23850000000000009', created: true })
  })

  it('writes the whole targeting of an ad set back', async () => {
    const targeting = { age_min: 25, targeting_automation: { advantage_audience: 0 } }
    nock(host)
      .get('/v25.0/1202')
      .query({ ...token, fields: 'id,account_id,targeting' })
      .reply(200, { id: '1202', account_id: '1234567890', targeting })
      .post('/v25.0/1202', { targeting: { ...targeting, excluded_custom_audiences: [{ id: '13' }] } })
      .query(token)
      .reply(200, { success: true })
    expect(await run('exclude_audience', { adset_id: '1202', audience_id: '13' })).toMatchObject({
      changed: true,
    })
  })
})
