import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { googleAdsBudgets } from '../../../connectors/google-ads/budgets.ts'
import { sha256 } from '../../../connectors/google-ads/hashing.ts'
import type { Audience, DestinationRecord } from '../../../core/connector/destination.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { createPlatformCaller } from '../../../hub-server/net/platform-caller.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import {
  accessConfig,
  connectGoogleAds,
  grantingCredentials,
  listIdOf,
  never,
  openGoogleAds,
  people,
  sandboxConfig,
  type OpenGoogleAds,
} from './open-google-ads.ts'

// The old upload path (chapter 3.2 of the platform notes): OfflineUserDataJob through the SDK, against a local gRPC server with
// Google's own protos. Only for accounts that Google still allows to use it.
const hour = 3_600_000
let ads: OpenGoogleAds
let audience: Audience

async function open(config: JsonObject = {}, oldPathAllowed = true): Promise<void> {
  await ads?.sandbox.close()
  ads = await openGoogleAds({ changes: true, oldPathAllowed }, { upload_path: 'offline_jobs', ...config })
  audience = await ads.lists.create({ name: 'Big spenders' })
}
beforeEach(() => open())
afterEach(() => ads.sandbox.close())

const hex = (text: string): string => sha256(text, 'hex')
const members = (): string[] => [...(ads.sandbox.lists.get(listIdOf(audience))?.members.keys() ?? [])]
const add = (records: readonly DestinationRecord[]) => ads.lists.add({ audience, records, signal: never })
const remove = (records: readonly DestinationRecord[]) =>
  ads.lists.remove({ audience, records, signal: never })
const methods = (): string[] => ads.sandbox.grpcCalls.map(({ method }) => method)
const uploads = () => ads.sandbox.requests.filter(({ path }) => path.startsWith('/v1/audienceMembers'))

async function addJob(records: readonly DestinationRecord[]): Promise<string> {
  const [outcome] = await add(records)
  return outcome?.status === 'accepted' ? outcome.job : `none: ${JSON.stringify(outcome)}`
}

const failure = async (act: Promise<unknown>): Promise<PlatformError> => {
  const error = await act.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PlatformError)
  return error as PlatformError
}

const wrong = (category: string, name: string, status = 'INVALID_ARGUMENT') => ({
  http: 400,
  status,
  category,
  name,
  message: 'mary@example.com is not right',
})

describe('google-ads: the old upload path', () => {
  it('creates a job, adds people, runs it and follows it to its end', async () => {
    const job = await addJob(people(3))
    expect(job).toMatch(/^customers\/1234567890\/offlineUserDataJobs\/\d+$/)
    expect(methods()).toEqual([
      'CreateOfflineUserDataJob',
      'AddOfflineUserDataJobOperations',
      'RunOfflineUserDataJob',
    ])
    expect(uploads()).toEqual([])
    expect(await ads.lists.readJob(job)).toEqual({ status: 'processing' })
    expect(members()).toEqual([])
    ads.clock.advance(6 * hour)
    expect(await ads.lists.readJob(job)).toEqual({ status: 'done', rejected: [] })
    expect(members()).toEqual([0, 1, 2].map((index) => hex(`member${index}@example.com`)))
  })

  it('is refused clearly to an account that Google does not let, with what to do (trap 1)', async () => {
    await open({}, false)
    const error = await failure(add(people(1)))
    expect(error.code).toBe('platform.permission_missing')
    expect(error.params).toMatchObject({
      google_code: 'not_allowlisted_error.CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE',
      remedy: expect.stringContaining('set upload_path to "data_manager"'),
    })
    expect(methods()).toEqual(['CreateOfflineUserDataJob'])
  })

  it('is told by the connection test before anybody is sent', async () => {
    expect(await ads.connection.test()).toContainEqual({ name: 'the old upload path may be used', ok: true })
    expect(ads.sandbox.jobs.size).toBe(0)
    await open({}, false)
    expect(await ads.connection.test()).toContainEqual({
      name: 'the old upload path may be used',
      ok: false,
      remedy: expect.stringContaining('set upload_path to "data_manager"'),
    })
  })

  it('is asked in a plan whether it may be used, and names the records that are not usable', async () => {
    const records = [...people(1), { fields: { email: 'broken@@b.com' } }]
    expect(await ads.lists.validate({ audience, records, signal: never })).toMatchObject([
      { index: 1, reason: { code: 'invalid_email' } },
    ])
    expect(ads.sandbox.jobs.size).toBe(0)
    await open({}, false)
    const error = await failure(ads.lists.validate({ audience, records, signal: never }))
    expect(error.code).toBe('platform.permission_missing')
  })

  it('is not taken unless the connection says so', async () => {
    await open({ upload_path: 'data_manager' })
    await add(people(1))
    expect(methods()).toEqual([])
    expect(uploads()).toHaveLength(1)
  })

  it('takes people off in jobs of their own, by the identifiers that were sent (3.2, megalista#42)', async () => {
    await add([{ fields: { email: 'a@b.com', phone: '+33612345678' } }, { fields: { email: 'c@d.com' } }])
    ads.clock.advance(7 * hour)
    expect(await remove([{ fields: { phone: '+33612345678' } }])).toMatchObject([{ status: 'accepted' }])
    ads.clock.advance(7 * hour)
    expect(members()).toEqual([hex('c@d.com')])
    expect(
      [...ads.sandbox.jobs.values()].map(({ operations }) => operations.map(({ kind }) => kind)),
    ).toEqual([['create', 'create'], ['remove']])
  })

  it('puts consent into the job, one job for each consent, and nobody who denied (3.2)', async () => {
    await open({ ad_user_data_consent: 'unspecified' })
    const outcomes = await add([
      { fields: { email: 'a@b.com', ad_user_data: 'granted' } },
      { fields: { email: 'c@d.com' } },
      { fields: { email: 'e@f.com', ad_user_data: 'denied' } },
      { fields: { email: 'g@h.com', ad_user_data: true } },
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'rejected', 'accepted'])
    expect(
      [...ads.sandbox.jobs.values()].map(({ consent, operations }) => [consent, operations.length]),
    ).toEqual([
      [{ adUserData: 'GRANTED', adPersonalization: 'GRANTED' }, 2],
      [{ adUserData: 'UNSPECIFIED', adPersonalization: 'GRANTED' }, 1],
    ])
    expect(JSON.stringify(ads.sandbox.grpcCalls[1]?.request)).not.toContain('"consent":{')
  })

  it('sends hashes under the names of the old API, and region and postal code as they are', async () => {
    const address = { given_name: 'Ada', family_name: 'L', region_code: 'FR', postal_code: '75001' }
    await add([{ fields: { email: 'a@b.com', phone: '+33612345678', ...address } }])
    expect(ads.sandbox.grpcCalls[1]?.request).toMatchObject({
      enable_partial_failure: true,
      operations: [
        {
          create: {
            user_identifiers: [
              { hashed_email: hex('a@b.com') },
              { hashed_phone_number: hex('+33612345678') },
              {
                address_info: {
                  hashed_first_name: hex('ada'),
                  hashed_last_name: hex('l'),
                  country_code: 'FR',
                  postal_code: '75001',
                },
              },
            ],
          },
        },
      ],
    })
  })

  it('sets aside whom Google refuses, by the decoded partial failure, and runs the job for the others', async () => {
    ads.sandbox.refuseOperations([1], 'INVALID_SHA256_FORMAT')
    const outcomes = await add(people(3))
    expect(outcomes).toMatchObject([
      { status: 'accepted' },
      { status: 'rejected', reason: { code: 'invalid_sha256_format' } },
      { status: 'accepted' },
    ])
    ads.clock.advance(6 * hour)
    expect(members()).toEqual([0, 2].map((index) => hex(`member${index}@example.com`)))
  })

  it('runs no job that has nobody in it', async () => {
    ads.sandbox.refuseOperations([0], 'INVALID_SHA256_FORMAT')
    expect(await add(people(1))).toMatchObject([{ status: 'rejected' }])
    expect(methods()).not.toContain('RunOfflineUserDataJob')
  })

  it('sends no job at all when nobody can be matched', async () => {
    expect(await add([{ fields: { email: 'broken@@b.com' } }])).toMatchObject([{ status: 'rejected' }])
    expect(methods()).toEqual([])
  })

  it('puts 10,000 people into one job of one request', async () => {
    await add(people(10_000))
    expect(methods()).toHaveLength(3)
    expect([...ads.sandbox.jobs.values()][0]?.operations).toHaveLength(10_000)
  })

  it('takes a job that was started already for started: the answer to the first start was lost', async () => {
    ads.sandbox.loseNextAnswer('RunOfflineUserDataJob')
    expect((await failure(add(people(1)))).code).toBe('platform.transient')
    const hub = throughHub(ads)
    ads.sandbox.loseNextAnswer('RunOfflineUserDataJob')
    expect(await hub.lists.add({ audience, records: people(1), signal: never })).toMatchObject([
      { status: 'accepted' },
    ])
    expect(methods().slice(-2)).toEqual(['RunOfflineUserDataJob', 'RunOfflineUserDataJob'])
    expect(ads.sandbox.grpcCalls.at(-1)?.status).toBe('INVALID_ARGUMENT')
  })

  it('fails a job that Google failed, with its reason', async () => {
    const job = await addJob(people(1))
    ads.sandbox.failUploads('NEWLY_OBSERVED_CURRENCY_CODE')
    ads.clock.advance(6 * hour)
    expect(await ads.lists.readJob(job)).toEqual({
      status: 'failed',
      reason: {
        code: 'newly_observed_currency_code',
        message: 'Google failed the upload: newly_observed_currency_code.',
      },
    })
  })

  it('says so when a job succeeds and hardly anybody is matched', async () => {
    ads.sandbox.setMatchRate(3)
    const job = await addJob(people(1))
    ads.clock.advance(6 * hour)
    await ads.lists.readJob(job)
    expect(ads.logs).toContainEqual({
      event: 'google_ads_upload_poorly_matched',
      fields: { connection: 'ads', said: 'MATCH_RANGE_LESS_THAN_20' },
    })
  })

  it('goes on following a job after the connection went over to the other path', async () => {
    const job = await addJob(people(1))
    ads.clock.advance(6 * hour)
    await open({ upload_path: 'data_manager' })
    expect((await failure(ads.lists.readJob(job))).code).toBe('platform.not_found')
    expect(ads.sandbox.requests.at(-1)?.path).toContain('googleAds:search')
  })

  it('follows no job of another account', async () => {
    const error = await failure(ads.lists.readJob('customers/5555555555/offlineUserDataJobs/7'))
    expect(error.code).toBe('platform.account_changed')
  })

  it.each([
    ['offlineUserDataJobError', 'INVALID_USER_LIST_ID', 'platform.audience_unusable'],
    ['offlineUserDataJobError', 'CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS', 'platform.terms_not_accepted'],
    ['offlineUserDataJobError', 'TOO_MANY_USER_IDENTIFIERS', 'platform.request_too_large'],
    ['offlineUserDataJobError', 'INVALID_SHA256_FORMAT', 'platform.batch_refused'],
    ['offlineUserDataJobError', 'CONFLICTING_OPERATION', 'platform.invalid_request'],
    ['authenticationError', 'OAUTH_TOKEN_REVOKED', 'platform.auth_expired'],
    ['internalError', 'TRANSIENT_ERROR', 'platform.transient'],
  ])('takes %s.%s of a job for %s, without quoting anybody', async (category, name, code) => {
    ads.sandbox.failNextChange(wrong(category, name))
    const error = await failure(add(people(1)))
    expect(error.code).toBe(code)
    expect(JSON.stringify(error.params)).not.toContain('mary')
  })

  it('stops when the list is deleted while people are being added', async () => {
    ads.sandbox.deleteList(listIdOf(audience))
    expect((await failure(add(people(1)))).code).toBe('platform.audience_unusable')
  })

  it('refuses settings that the old path cannot keep', () => {
    for (const more of [{ hash_encoding: 'base64' }, { denied_personalization: 'declare' }])
      expect(() => connectGoogleAds({ config: { upload_path: 'offline_jobs', ...more } })).toThrow(
        /needs upload_path/,
      )
  })
})

/** The connection through the hub's own caller, which repeats what may be repeated. */
function throughHub({ sandbox, clock }: OpenGoogleAds) {
  const config = { ...sandboxConfig(sandbox), upload_path: 'offline_jobs' }
  return connectGoogleAds({
    config,
    clock,
    credentials: grantingCredentials(clock, { ...accessConfig, ...config }),
    call: createPlatformCaller({
      connection: 'ads',
      budgets: googleAdsBudgets,
      clock,
      random: () => 0.5,
      logger: silentLogger,
      signal: never,
    }),
  })
}
