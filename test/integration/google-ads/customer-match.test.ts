import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256 } from '../../../connectors/google-ads/hashing.ts'
import type { Audience, DestinationRecord } from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { halfAnHour, listIdOf, never, openGoogleAds, people, type OpenGoogleAds } from './open-google-ads.ts'

let ads: OpenGoogleAds
let audience: Audience
beforeEach(async () => {
  ads = await openGoogleAds()
  audience = await ads.lists.create({ name: 'Big spenders' })
})
afterEach(() => ads.sandbox.close())

const hex = (text: string): string => sha256(text, 'hex')
const listOf = () => ads.sandbox.lists.get(listIdOf(audience))
const members = (): string[] => [...(listOf()?.members.keys() ?? [])]
const add = (records: readonly DestinationRecord[]) => ads.lists.add({ audience, records, signal: never })
const remove = (records: readonly DestinationRecord[]) =>
  ads.lists.remove({ audience, records, signal: never })
const uploads = () => ads.sandbox.requests.filter(({ path }) => path.startsWith('/v1/audienceMembers'))
const jobOf = (outcomes: readonly Outcome[]): string =>
  outcomes[0]?.status === 'accepted' ? outcomes[0].job : 'none'

const failure = async (act: Promise<unknown>): Promise<PlatformError> => {
  const error = await act.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PlatformError)
  return error as PlatformError
}

describe('google-ads: an upload and its job', () => {
  it('is accepted at first, and done when Google has worked it off half an hour later (2.3)', async () => {
    const outcomes = await add(people(3))
    const job = jobOf(outcomes)
    expect(outcomes).toEqual(Array.from({ length: 3 }, () => ({ status: 'accepted', job })))
    expect(await ads.lists.readJob(job)).toEqual({ status: 'processing' })
    expect(members()).toEqual([])
    ads.clock.advance(halfAnHour)
    expect(await ads.lists.readJob(job)).toEqual({ status: 'done', rejected: [] })
    expect(members()).toEqual([0, 1, 2].map((index) => hex(`member${index}@example.com`)))
  })

  it('fills a list with 10,000 people in one request, and 10,001 in two', async () => {
    await add(people(10_000))
    expect(uploads()).toHaveLength(1)
    await add(people(10_001))
    expect(uploads()).toHaveLength(3)
    ads.clock.advance(halfAnHour)
    expect(members()).toHaveLength(10_001)
  })

  it('takes people off by any identifier, in requests of their own (B44)', async () => {
    await add([{ fields: { email: 'a@b.com', phone: '+33612345678' } }, { fields: { email: 'c@d.com' } }])
    await remove([{ fields: { phone: '+33612345678' } }])
    ads.clock.advance(halfAnHour)
    expect(members()).toEqual([hex('c@d.com')])
    expect(uploads().map(({ path }) => path)).toEqual([
      '/v1/audienceMembers:ingest',
      '/v1/audienceMembers:remove',
    ])
  })

  it('takes people off whatever their consent is now', async () => {
    await add(people(1))
    const withdrawn = { fields: { ...people(1)[0]?.fields, ad_user_data: 'denied' } }
    expect(await remove([withdrawn])).toMatchObject([{ status: 'accepted' }])
    ads.clock.advance(halfAnHour)
    expect(members()).toEqual([])
  })

  it('keeps what Google would choke on out of the request, so that one bad row does not reject 10,000', async () => {
    const outcomes = await add([
      { fields: { email: 'a@b.com' } },
      { fields: { email: 'broken@@b.com' } },
      { fields: {} },
      { fields: { email: hex('') } },
      { fields: { email: 'c@d.com', ad_user_data: 'denied' } },
      { fields: { email: 'e@f.com', given_name: 'Eve', region_code: 'US', postal_code: 'nonsense' } },
    ])
    expect(outcomes.map((each) => ('reason' in each ? each.reason?.code : each.status))).toEqual([
      'accepted',
      'invalid_email',
      'missing_identifier',
      'invalid_email',
      'consent_not_granted',
      'accepted',
    ])
    expect(uploads()).toMatchObject([{ status: 200 }])
    expect(ads.logs).toContainEqual({
      event: 'google_ads_values_left_out',
      fields: { connection: 'ads', field: 'email', values: 2 },
    })
  })

  it('drops the rows that Google names and sends the rest again', async () => {
    const refuse = (rows: readonly number[]) =>
      ads.sandbox.faults.add({
        kind: 'reply',
        match: /:ingest/,
        reply: {
          status: 400,
          body: {
            error: {
              code: 400,
              status: 'INVALID_ARGUMENT',
              message: 'There was a problem with the request.',
              details: [
                {
                  '@type': 'type.googleapis.com/google.rpc.BadRequest',
                  fieldViolations: rows.map((row) => ({
                    field: `audience_members[${row}].user_data.user_identifiers[0].email_address`,
                    reason: 'INVALID_SHA256_FORMAT',
                    description: 'bad: mary@example.com',
                  })),
                },
              ],
            },
          },
        },
      })
    // The second refusal counts within what was left: its row 2 is record 4.
    refuse([1, 3])
    refuse([2])
    const outcomes = await add(people(6))
    expect(outcomes.map(({ status }) => status)).toEqual([
      'accepted',
      'rejected',
      'accepted',
      'rejected',
      'rejected',
      'accepted',
    ])
    expect(outcomes[1]).toEqual({
      status: 'rejected',
      reason: { code: 'invalid_sha256_format', message: 'bad: [email]' },
    })
    ads.clock.advance(halfAnHour)
    expect(members()).toHaveLength(3)
  })

  it('asks Google about each record as it would be sent, and adds nobody (validateOnly, trap 12)', async () => {
    const records = [...people(2), { fields: { email: 'broken@@b.com' } }, ...people(1, 5)]
    expect(await ads.lists.validate({ audience, records, signal: never })).toMatchObject([
      { index: 2, reason: { code: 'invalid_email' } },
    ])
    expect(uploads()).toMatchObject([{ path: '/v1/audienceMembers:ingest', status: 200 }])
    ads.clock.advance(halfAnHour)
    expect(members()).toEqual([])
    ads.sandbox.acceptTerms(false)
    const error = await failure(ads.lists.validate({ audience, records, signal: never }))
    expect(error.code).toBe('platform.terms_not_accepted')
  })

  it('gives up when Google refuses again and again without an end', async () => {
    const violation = { field: 'audience_members[99]', reason: 'INVALID_AUDIENCE_MEMBER' }
    const body = { error: { code: 400, details: [{ fieldViolations: [violation] }] } }
    ads.sandbox.faults.add({ kind: 'reply', match: /:ingest/, times: 20, reply: { status: 400, body } })
    expect((await failure(add(people(3)))).code).toBe('platform.batch_refused')
  })

  it('counts whom Google rejects for consent, without knowing who it is (trap 11)', async () => {
    const address = { given_name: 'Ada', family_name: 'L', region_code: 'FR', postal_code: '75001' }
    const silent = await openGoogleAds({}, { ad_user_data_consent: 'unspecified' })
    const list = await silent.lists.create({ name: 'x' })
    const records = [
      { fields: address },
      { fields: { ...address, given_name: 'Eve', ad_user_data: 'granted' } },
    ]
    const outcomes = await silent.lists.add({ audience: list, records, signal: never })
    silent.clock.advance(halfAnHour)
    expect(await silent.lists.readJob(jobOf(outcomes))).toEqual({
      status: 'done',
      rejected: [
        { reason: { code: 'no_consent', message: 'Google has no consent of these people.' }, count: 1 },
      ],
    })
    await silent.sandbox.close()
  })

  it('fails a job whose upload failed as a whole, with the reason', async () => {
    const job = jobOf(await add(people(2)))
    ads.sandbox.failUploads('PROCESSING_ERROR_REASON_INTERNAL_ERROR')
    ads.clock.advance(halfAnHour)
    expect(await ads.lists.readJob(job)).toMatchObject({
      status: 'failed',
      reason: { code: 'internal_error' },
    })
  })

  it('says so when a job succeeds and hardly anybody is matched (B43)', async () => {
    ads.sandbox.setMatchRate(3)
    const job = jobOf(await add(people(200)))
    ads.clock.advance(halfAnHour)
    expect(await ads.lists.readJob(job)).toMatchObject({ status: 'done' })
    expect(ads.logs).toContainEqual({
      event: 'google_ads_upload_poorly_matched',
      fields: { connection: 'ads', records: 200, said: 'MATCH_RATE_RANGE_LESS_THAN_20' },
    })
    ads.clock.advance(48 * 3_600_000)
    expect(await ads.act('read_audience', { audience_id: audience.externalId })).toMatchObject({
      match_rate_percentage: 3,
      size_search: 0,
      large_enough_for_search: false,
    })
  })

  it('notes the warnings of an upload that was accepted, counted and without rows (fieldWarnings, 2.2)', async () => {
    const warning = {
      reason: 'UNKNOWN_WARNING',
      description: 'mary@example.com',
      field: 'audience_members[0]',
    }
    const body = { requestId: 'r-1', fieldWarnings: [warning, warning] }
    ads.sandbox.faults.add({ kind: 'reply', match: /:ingest/, reply: { status: 200, body } })
    expect(await add(people(2))).toMatchObject([{ job: 'r-1' }, { job: 'r-1' }])
    expect(ads.logs).toContainEqual({
      event: 'google_ads_upload_warned',
      fields: { connection: 'ads', code: 'UNKNOWN_WARNING', records: 2 },
    })
  })

  it('cannot follow a job that nobody made', async () => {
    expect((await failure(ads.lists.readJob('request-404'))).code).toBe('platform.not_found')
  })
})
