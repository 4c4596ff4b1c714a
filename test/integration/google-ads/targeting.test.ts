import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { listIdOf, never, openGoogleAds, people, type OpenGoogleAds } from './open-google-ads.ts'

// Changes go by gRPC to a real local server that loads Google's own protos (chapters 3.3, 3.5, 3.6, 3.9 and 9.4 of the platform notes).
let ads: OpenGoogleAds
let audience: string
beforeEach(async () => {
  ads = await openGoogleAds({ changes: true })
  audience = (await ads.lists.create({ name: 'Buyers' })).externalId
})
afterEach(() => ads.sandbox.close())

const failure = async (act: Promise<unknown>): Promise<PlatformError> => {
  const error = await act.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PlatformError)
  return error as PlatformError
}

describe('google-ads: exclusions', () => {
  it('excludes an audience from campaigns and ad groups in one request of negative criteria', async () => {
    const done = await ads.act('exclude_audience', {
      audience_id: audience,
      campaign_ids: ['11', '12'],
      ad_group_ids: ['21'],
    })
    expect(done).toEqual({
      excluded: 3,
      was_excluded_already: 0,
      was_targeted_before: 0,
      validated_only: false,
    })
    expect(ads.sandbox.criteria).toMatchObject([
      { level: 'campaign', owner: '11', list: audience, negative: true },
      { level: 'campaign', owner: '12', list: audience, negative: true },
      { level: 'ad_group', owner: '21', list: audience, negative: true },
    ])
    expect(ads.sandbox.grpcCalls).toHaveLength(1)
  })

  it('sends nothing when the audience is excluded there already', async () => {
    const input = { audience_id: audience, campaign_ids: ['11'] }
    await ads.act('exclude_audience', input)
    expect(await ads.act('exclude_audience', input)).toMatchObject({ excluded: 0, was_excluded_already: 1 })
    expect(ads.sandbox.grpcCalls).toHaveLength(1)
  })

  it('takes a targeted audience off and adds it as excluded, because negative cannot be changed (3.5)', async () => {
    ads.sandbox.criteria.push({ level: 'campaign', owner: '11', id: '5', list: audience, negative: false })
    const input = { audience_id: audience, campaign_ids: ['11'] }
    expect(await ads.act('exclude_audience', input)).toMatchObject({ excluded: 1, was_targeted_before: 1 })
    expect(ads.sandbox.criteria).toMatchObject([{ owner: '11', negative: true }])
    expect(ads.sandbox.criteria).toHaveLength(1)
  })

  it('changes nothing at all when one part cannot be done, and names the part', async () => {
    ads.sandbox.deleteList(listIdOf({ externalId: audience }))
    const input = { audience_id: audience, campaign_ids: ['11', '12'] }
    const error = await failure(ads.act('exclude_audience', input))
    expect(error.code).toBe('platform.invalid_request')
    expect(error.params).toMatchObject({
      google_code: 'criterion_error.INVALID_USER_LIST',
      operation: 0,
    })
    expect(ads.sandbox.criteria).toEqual([])
  })

  it('only asks Google when told to validate', async () => {
    const input = { audience_id: audience, campaign_ids: ['11'], validate_only: true }
    expect(await ads.act('exclude_audience', input)).toMatchObject({ excluded: 0, validated_only: true })
    expect(ads.sandbox.criteria).toEqual([])
    expect(ads.sandbox.grpcCalls[0]?.request).toMatchObject({ validate_only: true })
  })

  it('refuses an audience of another account before anything is sent', async () => {
    const input = { audience_id: 'customers/5555555555/userLists/7', campaign_ids: ['11'] }
    expect((await failure(ads.act('exclude_audience', input))).code).toBe('platform.account_changed')
    expect(ads.sandbox.grpcCalls).toEqual([])
  })
})

const wanted = () => ({
  name: 'Like buyers',
  seed_audience_ids: [audience],
  expansion: 'narrow',
  countries: ['FR', 'DE'],
})

/** Fills the seed and lets two days pass, so that Google shows its size. */
async function fillSeed(count: number): Promise<void> {
  await ads.lists.add({
    audience: { externalId: audience, name: 'Buyers' },
    records: people(count),
    signal: never,
  })
  ads.clock.advance(49 * 3_600_000)
}

describe('google-ads: lookalikes', () => {
  beforeEach(() => fillSeed(150))

  it.each([
    ['are too small', 50],
    ['have no size yet', 0],
  ])('are not made of seeds that %s, and says what to do', async (_, count) => {
    const small = await ads.lists.create({ name: 'Few' })
    if (count > 0) {
      await ads.lists.add({ audience: small, records: people(count), signal: never })
      ads.clock.advance(49 * 3_600_000)
    }
    const input = { ...wanted(), seed_audience_ids: [small.externalId] }
    const error = await failure(ads.act('create_lookalike', input))
    expect(error.code).toBe('platform.audience_unusable')
    expect(error.params).toMatchObject({
      said: expect.stringContaining('Google asks for 100'),
      remedy: expect.stringContaining('larger seeds'),
    })
    expect(ads.sandbox.grpcCalls).toEqual([])
    expect(await ads.act('create_lookalike', { ...input, allow_small: true })).toHaveProperty('audience_id')
  })

  it('makes a lookalike with its seeds above 2^53 unharmed (trap 13)', async () => {
    const seed = listIdOf({ externalId: audience })
    expect(Number.isSafeInteger(Number(seed))).toBe(false)
    const { audience_id: created } = await ads.act('create_lookalike', wanted())
    expect(created).toMatch(/^customers\/1234567890\/userLists\/\d+$/)
    expect(ads.sandbox.lookalikes).toMatchObject([
      { name: 'Like buyers', seeds: [seed], expansion: 'NARROW', countries: ['FR', 'DE'] },
    ])
  })

  it('tells that the same lookalike exists', async () => {
    await ads.act('create_lookalike', wanted())
    const error = await failure(ads.act('create_lookalike', { ...wanted(), name: 'Again' }))
    expect(error.params).toMatchObject({ google_code: 'user_list_error.DUPLICATE_LOOKALIKE' })
  })

  it('tells that a seed does not exist', async () => {
    const input = { ...wanted(), seed_audience_ids: ['customers/1234567890/userLists/404'] }
    expect((await failure(ads.act('create_lookalike', input))).code).toBe('platform.not_found')
    const blind = await failure(ads.act('create_lookalike', { ...input, allow_small: true }))
    expect(blind.params).toMatchObject({ google_code: 'user_list_error.SEED_LIST_DOES_NOT_EXIST' })
  })
})

const budget = (more: object = {}) => ({
  id: '31',
  name: 'Autumn',
  period: 'DAILY' as const,
  explicitlyShared: false,
  referenceCount: 1,
  amountMicros: 50_000_000,
  ...more,
})

describe('google-ads: budgets', () => {
  beforeEach(() => void ads.sandbox.budgets.set('31', budget()))

  it('reads budgets in the currency of the account', async () => {
    expect(await ads.act('read_budgets', {})).toEqual({
      currency: 'EUR',
      budgets: [
        {
          budget_id: '31',
          name: 'Autumn',
          period: 'DAILY',
          daily_amount: 50,
          total_amount: null,
          shared: false,
          campaigns: 1,
        },
      ],
    })
  })

  it('sets a daily budget with the update mask that Google requires', async () => {
    const done = await ads.act('set_budget', { budget_id: '31', daily_amount: 62.5, expected_amount: 50 })
    expect(done).toMatchObject({ amount_before: 50, amount_now: 62.5, currency: 'EUR' })
    expect(ads.sandbox.budgets.get('31')?.amountMicros).toBe(62_500_000)
    expect(ads.sandbox.grpcCalls[0]?.request).toMatchObject({
      mutate_operations: [
        {
          campaign_budget_operation: {
            // The SDK puts the resource's own name into the mask, too.
            update_mask: { paths: ['resource_name', 'amount_micros'] },
          },
        },
      ],
    })
  })

  it('does nothing when somebody changed the budget since', async () => {
    const input = { budget_id: '31', daily_amount: 60, expected_amount: 40 }
    expect((await failure(ads.act('set_budget', input))).params['said']).toBe('the budget is 50 now, not 40')
    expect(ads.sandbox.grpcCalls).toEqual([])
  })

  it('leaves a shared budget alone unless told', async () => {
    ads.sandbox.budgets.set('31', budget({ explicitlyShared: true, referenceCount: 4 }))
    const input = { budget_id: '31', daily_amount: 60 }
    expect((await failure(ads.act('set_budget', input))).params['said']).toContain('4 campaigns share')
    expect(await ads.act('set_budget', { ...input, allow_shared: true })).toMatchObject({ amount_now: 60 })
  })

  it('leaves a budget over a whole campaign alone', async () => {
    ads.sandbox.budgets.set('31', budget({ period: 'CUSTOM_PERIOD' }))
    const error = await failure(ads.act('set_budget', { budget_id: '31', daily_amount: 60 }))
    expect(error.params['said']).toContain('not daily')
  })

  it('refuses an amount finer than the smallest coin, without asking Google', async () => {
    const error = await failure(ads.act('set_budget', { budget_id: '31', daily_amount: 60.005 }))
    expect(error.params['said']).toBe('an amount in EUR has at most 2 decimals')
    expect(ads.sandbox.grpcCalls).toEqual([])
  })

  it('knows currencies without decimals', async () => {
    const yen = await openGoogleAds({ changes: true, currency: 'JPY' })
    yen.sandbox.budgets.set('31', budget())
    const error = await failure(yen.act('set_budget', { budget_id: '31', daily_amount: 60.5 }))
    expect(error.params['said']).toContain('at most 0 decimals')
    expect(await yen.act('set_budget', { budget_id: '31', daily_amount: 61 })).toMatchObject({
      amount_now: 61,
    })
    await yen.sandbox.close()
  })
})

const exclude = () => ads.act('exclude_audience', { audience_id: audience, campaign_ids: ['11'] })

const fault = (category: string, name: string, status = 'INVALID_ARGUMENT', retrySeconds?: number) => ({
  http: 400,
  status,
  category,
  name,
  message: 'Somebody "mary@example.com" changed it.',
  ...(retrySeconds !== undefined && { retrySeconds }),
})

describe('google-ads: what a change sends and what its refusals mean', () => {
  it('carries the token in its metadata, a placeholder instead of a developer token, and no manager', async () => {
    await exclude()
    const { metadata } = ads.sandbox.grpcCalls[0] ?? { metadata: {} }
    expect(metadata).toMatchObject({
      authorization: expect.stringMatching(/^Bearer ya29\./),
      'developer-token': 'unused',
      'x-goog-request-params': 'customer_id=1234567890',
    })
    expect(metadata).not.toHaveProperty('login-customer-id')
  })

  it('names the manager account where access goes through one (trap 8)', async () => {
    const managed = await openGoogleAds(
      { changes: true, managerId: '9876543210' },
      { login_customer_id: '987-654-3210' },
    )
    const { externalId } = await managed.lists.create({ name: 'Buyers' })
    await managed.act('exclude_audience', { audience_id: externalId, campaign_ids: ['11'] })
    expect(managed.sandbox.grpcCalls[0]?.metadata).toMatchObject({ 'login-customer-id': '9876543210' })
    await managed.sandbox.close()
  })

  it.each([
    ['databaseError', 'CONCURRENT_MODIFICATION', 'platform.transient'],
    ['internalError', 'TRANSIENT_ERROR', 'platform.transient'],
    ['notAllowlistedError', 'CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE', 'platform.permission_missing'],
    ['authorizationError', 'USER_PERMISSION_DENIED', 'platform.permission_missing'],
    ['authenticationError', 'OAUTH_TOKEN_REVOKED', 'platform.auth_expired'],
    ['userListError', 'ADVERTISER_TOS_NOT_ACCEPTED', 'platform.terms_not_accepted'],
  ])('takes %s.%s, decoded from the trailer, for %s', async (category, name, code) => {
    ads.sandbox.failNextChange(fault(category, name))
    const error = await failure(exclude())
    expect(error.code).toBe(code)
    expect(JSON.stringify(error.params)).not.toContain('mary')
  })

  it('keeps the retry delay that the SDK loses', async () => {
    ads.sandbox.failNextChange(
      fault('quotaError', 'RESOURCE_TEMPORARILY_EXHAUSTED', 'RESOURCE_EXHAUSTED', 17),
    )
    const error = await failure(exclude())
    expect(error).toMatchObject({ code: 'platform.rate_limited', wait: { retryAfterMs: 17_000 } })
  })

  it('sends a change that failed only once: repeating is for the hub to decide', async () => {
    ads.sandbox.failNextChange(fault('internalError', 'TRANSIENT_ERROR', 'UNAVAILABLE'))
    await failure(exclude())
    expect(ads.sandbox.grpcCalls).toHaveLength(1)
  })

  it('takes a server that is gone for a failure that may pass', async () => {
    await ads.act('read_budgets', {})
    const lost = await openGoogleAds({ changes: true })
    const { externalId } = await lost.lists.create({ name: 'Buyers' })
    await lost.sandbox.close()
    const config = { google_ads_grpc_url: lost.sandbox.grpcUrl }
    const half = await openGoogleAds({}, config)
    const { externalId: other } = await half.lists.create({ name: 'Buyers' })
    expect(externalId).toBe(other)
    const error = await failure(half.act('exclude_audience', { audience_id: other, campaign_ids: ['1'] }))
    expect(error.code).toBe('platform.transient')
    await half.sandbox.close()
  })
})
