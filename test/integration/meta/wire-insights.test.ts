import nock from 'nock'
import { describe, expect, it } from 'vitest'
import type { SourceRecord } from '../../../core/connector/source.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { nockNetwork } from '../../support/nocked-network.ts'
import { connectMeta, never } from './graph.ts'

// What reports send, byte for byte, as section 1.4 of the platform notes has it. Nothing answers but nock.
const host = 'https://graph.facebook.com'
const account = '/v25.0/act_1234567890'
const token = { access_token: 'sandbox-token' }
const line = { ad_id: '5', clicks: '20', date_start: '2026-11-20', date_stop: '2026-11-20' }
const next = 'https://elsewhere.example/stolen?access_token=x'

nockNetwork()

async function read(days: number): Promise<SourceRecord[]> {
  const clock = createFixedClock('2026-11-22T12:00:00Z', { autoAdvance: true })
  const source = connectMeta(host, { insights_history_days: days }, clock).connection.source('ad_insights')
  const records: SourceRecord[] = []
  const request = { cursor: null, fields: ['date', 'clicks', 'ctr'], signal: never }
  for await (const page of source?.read(request) ?? []) records.push(...page.records)
  return records
}

const timeZone = () =>
  nock(host)
    .get(account)
    .query({ ...token, fields: 'timezone_name' })
    .reply(200, { id: 'act_1234567890', timezone_name: 'Europe/Berlin' })

describe('meta: reports on the wire', () => {
  it('asks by day and level for the wanted fields only, and pages by cursor', async () => {
    timeZone()
    const asked = {
      ...token,
      fields: 'ad_id,clicks,ctr',
      level: 'ad',
      time_range: '{"since":"2026-11-16","until":"2026-11-22"}',
      time_increment: '1',
      limit: '500',
    }
    nock(host)
      .get(`${account}/insights`)
      .query(asked)
      .reply(200, { data: [line], paging: { cursors: { after: 'Q1' }, next } })
      .get(`${account}/insights`)
      .query({ ...asked, after: 'Q1' })
      .reply(200, { data: [{ ...line, ad_id: '6' }], paging: { cursors: { after: 'Q2' } } })
    expect((await read(7)).map(({ externalId }) => externalId)).toEqual(['5@2026-11-20', '6@2026-11-20'])
  })

  it('starts a report run, asks for its state by name, then pages its result', async () => {
    timeZone()
    const fields =
      'async_status,async_percent_completion,error_code,error_message,error_subcode,error_user_msg'
    nock(host)
      .post(`${account}/insights`, {
        fields: 'ad_id,clicks,ctr',
        level: 'ad',
        time_range: { since: '2026-08-25', until: '2026-11-22' },
        time_increment: 1,
      })
      .query(token)
      .reply(200, { report_run_id: '6023920149050' })
      .get('/v25.0/6023920149050')
      .query({ ...token, fields })
      .reply(200, { id: '6023920149050', async_status: 'Job Running', async_percent_completion: 100 })
      .get('/v25.0/6023920149050')
      .query({ ...token, fields })
      .reply(200, { id: '6023920149050', async_status: 'Job Completed', async_percent_completion: 100 })
      .get('/v25.0/6023920149050/insights')
      .query({ ...token, fields: 'ad_id,clicks,ctr', limit: '500' })
      .reply(200, { data: [line] })
    expect(await read(90)).toMatchObject([{ externalId: '5@2026-11-20', fields: { clicks: 20 } }])
  })
})
