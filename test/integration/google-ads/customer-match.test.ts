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
    expect(members()).toEqual(people(3).map(({ fields }) => hex(String(fields['email']))))
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
      event: 'google_ads_poor_match_rate',
      fields: { connection: 'ads', records: 200, match_rate: 'MATCH_RATE_RANGE_LESS_THAN_20' },
    })
    ads.clock.advance(48 * 3_600_000)
    expect(await ads.act('read_audience', { audience_id: audience.externalId })).toMatchObject({
      match_rate_percentage: 3,
      size_search: 0,
      large_enough_for_search: false,
    })
  })

  it('cannot follow a job that nobody made', async () => {
    expect((await failure(ads.lists.readJob('request-404'))).code).toBe('platform.not_found')
  })
})

describe('google-ads: lists', () => {
  it('tells a size once Google shows one, with its rounding, and nothing before', async () => {
    await add(people(432))
    ads.clock.advance(halfAnHour)
    expect(await ads.lists.readSize(audience)).toEqual({ atLeast: null, atMost: null })
    ads.clock.advance(ads.lists.visibleAfterMs)
    expect(await ads.lists.readSize(audience)).toEqual({ atLeast: 425, atMost: null })
  })

  it('keeps the membership duration of the connection', async () => {
    const short = await openGoogleAds({}, { membership_duration_days: 30 })
    const created = await short.lists.create({ name: 'x' })
    expect(short.sandbox.lists.get(listIdOf(created))?.membershipDuration).toBe('2592000s')
    await short.sandbox.close()
  })

  it('keeps the list through its account and number, both above what a number holds (B45, trap 13)', async () => {
    expect(audience.externalId).toBe('customers/1234567890/userLists/9007199254740994')
    const other = { ...audience, externalId: 'customers/5555555555/userLists/9007199254740994' }
    const error = await failure(ads.lists.add({ audience: other, records: people(1), signal: never }))
    expect(error.code).toBe('platform.account_changed')
    expect(uploads()).toEqual([])
  })

  it('finds a list by name over all pages, and by id whatever its name', async () => {
    const open = await openGoogleAds({ limits: 'off' })
    for (let index = 0; index < 1_001; index += 1) await open.lists.create({ name: `List ${index}` })
    const last = await open.lists.find({ name: 'List 1000' })
    expect(last).toMatchObject({ name: 'List 1000' })
    const externalId = last?.externalId ?? ''
    expect(await open.lists.find({ name: 'renamed', externalId })).toEqual(last)
    await open.sandbox.close()
  })

  it('never looks for another list when the known one was deleted (B51)', async () => {
    ads.sandbox.deleteList(listIdOf(audience))
    await ads.lists.create({ name: 'Big spenders' })
    expect(await ads.lists.find({ name: 'Big spenders', externalId: audience.externalId })).toBeNull()
  })

  it('stops when the list is deleted while people are being added (B51)', async () => {
    ads.sandbox.deleteList(listIdOf(audience))
    expect((await failure(add(people(1)))).code).toBe('platform.audience_unusable')
    expect((await failure(remove(people(1)))).code).toBe('platform.audience_unusable')
    expect(ads.sandbox.lists.size).toBe(0)
  })

  it('says what to do about a closed list', async () => {
    ads.sandbox.closeList(listIdOf(audience))
    const error = await failure(ads.lists.find({ name: 'Big spenders' }))
    expect(error.code).toBe('platform.audience_unusable')
    expect(error.params['remedy']).toContain('Open the list')
  })

  it('says so when the name is taken by a list that appeared meanwhile', async () => {
    const error = await failure(ads.lists.create({ name: 'Big spenders' }))
    expect(error.params['google_code']).toBe('DISPLAY_NAME_ALREADY_USED')
  })
})

describe('google-ads: terms and rights', () => {
  it('adds nobody until a person has declared the terms accepted, and calls nobody either', async () => {
    const open = await openGoogleAds({}, { customer_match_terms_accepted: false })
    const error = await failure(open.lists.create({ name: 'x' }))
    expect(error.code).toBe('platform.terms_not_accepted')
    expect(error.params['remedy']).toContain('customer_match_terms_accepted')
    expect(open.calls).toEqual([])
    const lines = await open.connection.test()
    expect(lines.map(({ ok }) => ok)).toEqual([true, true, true, false])
    await open.sandbox.close()
  })

  it('tells that Google does not know of the acceptance', async () => {
    ads.sandbox.acceptTerms(false)
    expect((await failure(add(people(1)))).code).toBe('platform.terms_not_accepted')
  })

  it('tells an account that is not allow-listed apart from a missing right (trap 4)', async () => {
    ads.sandbox.allowlist(false)
    const error = await failure(add(people(1)))
    expect(error.code).toBe('platform.permission_missing')
    expect(error.params['remedy']).toContain('has not allowed')
  })

  it.each([
    [{ managerId: '9876543210' }, {}],
    [{}, { login_customer_id: '987-654-3210' }],
  ])(
    'finds out at the connection test that the manager account is wrong: %j %j (trap 8)',
    async (there, here) => {
      const open = await openGoogleAds(there, here)
      const lines = await open.connection.test()
      expect(lines.map(({ ok }) => ok)).toEqual([true, false, false, true])
      expect(lines[2]?.remedy).toContain('login_customer_id')
      await open.sandbox.close()
    },
  )

  it('works through a manager account', async () => {
    const open = await openGoogleAds({ managerId: '9876543210' }, { login_customer_id: '987-654-3210' })
    const list = await open.lists.create({ name: 'x' })
    expect(await open.lists.add({ audience: list, records: people(1), signal: never })).toMatchObject([
      { status: 'accepted' },
    ])
    await open.sandbox.close()
  })
})

describe('google-ads: actions on lists', () => {
  const act = (name: string, more = {}) => ads.act(name, { audience_id: audience.externalId, ...more })

  it('asks Google whether an upload would pass, and changes nothing (trap 12)', async () => {
    expect(await act('validate_upload')).toEqual({ audience_id: audience.externalId, valid: true })
    ads.clock.advance(halfAnHour)
    expect(members()).toEqual([])
    ads.sandbox.deleteList(listIdOf(audience))
    expect((await failure(act('validate_upload'))).code).toBe('platform.audience_unusable')
  })

  it('removes only who was last added before an instant', async () => {
    await add(people(3))
    ads.clock.advance(halfAnHour)
    const before = new Date(ads.clock.now()).toISOString()
    ads.clock.advance(60_000)
    await add(people(1))
    ads.clock.advance(halfAnHour)
    expect(await act('remove_older_members', { added_before: before })).toMatchObject({
      job: expect.stringMatching(/^request-/),
    })
    ads.clock.advance(halfAnHour)
    expect(members()).toEqual([hex('member0@example.com')])
  })

  it('insists on the instant, without which Google empties the list, and refuses one in the future', async () => {
    await expect(act('remove_older_members')).rejects.toThrow()
    const future = new Date(ads.clock.now() + 1).toISOString()
    const error = await failure(act('remove_older_members', { added_before: future }))
    expect(error.code).toBe('platform.invalid_request')
    expect(uploads()).toEqual([])
  })
})

describe('google-ads: erasing a person', () => {
  it('takes a person off every list of the account, ten lists in a request', async () => {
    const lists = [audience]
    for (let index = 0; index < 11; index += 1) lists.push(await ads.lists.create({ name: `List ${index}` }))
    for (const list of lists) await ads.lists.add({ audience: list, records: people(2), signal: never })
    ads.clock.advance(halfAnHour)
    const person = { keys: [], sent: [{ email: 'old@example.com' }, { email: 'member0@example.com' }] }
    expect(await ads.connection.erase?.(person)).toMatchObject({ status: 'removed_from_audiences' })
    expect(uploads().filter(({ path }) => path.endsWith(':remove'))).toHaveLength(2)
    ads.clock.advance(halfAnHour)
    for (const list of ads.sandbox.lists.values())
      expect([...list.members.keys()]).toEqual([hex('member1@example.com')])
  })

  it('knows nobody by nothing', async () => {
    const person = { keys: ['x'], sent: [{ given_name: 'Ada' }] }
    expect(await ads.connection.erase?.(person)).toMatchObject({ status: 'not_found' })
    expect(uploads()).toEqual([])
  })
})
