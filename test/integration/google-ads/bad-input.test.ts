import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Fault } from '../../../connectors/sandbox-kit/faults.ts'
import type { Audience } from '../../../core/connector/destination.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { createTranslator } from '../../../hub-server/locales/translate.ts'
import {
  accessConfig,
  connectGoogleAds,
  grantingCredentials,
  listIdOf,
  never,
  obtainGrant,
  openGoogleAds,
  people,
  sandboxConfig,
  type OpenGoogleAds,
} from './open-google-ads.ts'

// Each kind of bad input with its own error, and what the admin reads: the words of the error catalogue, not only the code.
let ads: OpenGoogleAds
let audience: Audience
beforeEach(async () => {
  ads = await openGoogleAds({ changes: true })
  audience = await ads.lists.create({ name: 'Big spenders' })
})
afterEach(() => ads.sandbox.close())

const translator = createTranslator('en')
const add = () => ads.lists.add({ audience, records: people(3), signal: never })

/** The code, and what the admin is told to do. */
async function told(act: Promise<unknown>): Promise<{ code: string; repair: string }> {
  const error = await act.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PlatformError)
  const { code, params } = error as PlatformError
  return { code, repair: translator.error({ code, params }).repair }
}

const refusal = (status: number, name: string, reason: string): Fault => ({
  kind: 'reply',
  match: /audienceMembers|userLists/,
  reply: {
    status,
    body: {
      error: {
        code: status,
        status: name,
        message: 'no',
        details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason }],
      },
    },
  },
})

describe('google-ads: bad input', () => {
  it('expired access: authorise again', async () => {
    ads.sandbox.expireTokens()
    expect(await told(add())).toEqual({
      code: 'platform.auth_expired',
      repair: expect.stringContaining('Authorise the connection again'),
    })
  })

  it('revoked access: authorise again, and publish the consent screen', async () => {
    ads.sandbox.revokeRefreshToken()
    expect(await told(obtainGrant(ads.clock, sandboxConfig(ads.sandbox)))).toEqual({
      code: 'platform.auth_expired',
      repair: expect.stringMatching(/Authorise again.*publish it/),
    })
  })

  it('a scope that was taken away: authorise again with the scopes, which are named', async () => {
    ads.sandbox.faults.add(refusal(403, 'PERMISSION_DENIED', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'))
    expect(await told(add())).toEqual({
      code: 'platform.permission_missing',
      repair: 'Authorise again with the scopes datamanager and adwords.',
    })
  })

  it('a person or service account that was taken off the account: add it as a user, or name the manager', async () => {
    ads.sandbox.faults.add(refusal(403, 'PERMISSION_DENIED', 'PERMISSION_DENIED'))
    expect(await told(add())).toEqual({
      code: 'platform.permission_missing',
      repair: expect.stringMatching(/user of the Google Ads account, or give login_customer_id/),
    })
  })

  it('another account behind the same connection: set the number back, and no list of the other is touched', async () => {
    const other = connectGoogleAds({
      clock: ads.clock,
      config: { ...sandboxConfig(ads.sandbox), customer_id: '555-555-5555' },
      credentials: grantingCredentials(ads.clock, { ...accessConfig, ...sandboxConfig(ads.sandbox) }),
    })
    const before = ads.sandbox.requests.length
    const wanted = { name: audience.name, externalId: audience.externalId }
    for (const act of [
      other.lists.find(wanted),
      other.lists.add({ audience, records: people(1), signal: never }),
      other.lists.remove({ audience, records: people(1), signal: never }),
    ])
      expect(await told(act)).toEqual({
        code: 'platform.account_changed',
        repair: expect.stringContaining('Set customer_id back to 1234567890'),
      })
    expect(ads.sandbox.requests).toHaveLength(before)
  })

  it('a list that was deleted: choose another, and nobody is lost to a list of the same name', async () => {
    ads.sandbox.deleteList(listIdOf(audience))
    expect(await told(add())).toEqual({
      code: 'platform.audience_unusable',
      repair: expect.stringContaining('Choose another audience name, or restore the list'),
    })
    expect(await ads.lists.find({ name: audience.name, externalId: audience.externalId })).toBeNull()
  })

  it('a list that was closed: open it again', async () => {
    ads.sandbox.closeList(listIdOf(audience))
    expect(await told(ads.lists.find({ name: audience.name, externalId: audience.externalId }))).toEqual({
      code: 'platform.audience_unusable',
      repair: 'Open the list again in Google Ads, Audience manager.',
    })
  })

  it('terms that were never accepted, and terms that Google does not know of: where to accept them', async () => {
    ads.sandbox.acceptTerms(false)
    const accept = {
      code: 'platform.terms_not_accepted',
      repair: expect.stringContaining('Audience manager'),
    }
    expect(await told(add())).toEqual(accept)
    const undeclared = connectGoogleAds({ config: { customer_match_terms_accepted: false } })
    expect(await told(undeclared.lists.add({ audience, records: people(1), signal: never }))).toEqual(accept)
  })

  it('too small an audience: no lookalike is made of it, and reading it says that it cannot serve', async () => {
    await ads.lists.add({ audience, records: people(50), signal: never })
    ads.clock.advance(49 * 3_600_000)
    const input = { name: 'Like', seed_audience_ids: [audience.externalId], countries: ['FR'] }
    expect(await told(ads.act('create_lookalike', input))).toEqual({
      code: 'platform.audience_unusable',
      repair: expect.stringContaining('take larger seeds'),
    })
    expect(await ads.act('read_audience', { audience_id: audience.externalId })).toMatchObject({
      large_enough_for_search: false,
      large_enough_for_display: false,
    })
  })

  const page = '<!DOCTYPE html><html><title>Down for maintenance</title></html>'
  it.each([
    [503, 'platform.transient', /Run again later/],
    [200, 'platform.unreadable_answer', /maintenance page/],
  ])(
    'maintenance that answers HTML with %i: run again later; the people are sent then',
    async (status, code, words) => {
      ads.sandbox.faults.add({ kind: 'reply', match: /:ingest/, reply: { status, body: page } })
      expect(await told(add())).toEqual({ code, repair: expect.stringMatching(words) })
      expect(await add()).toMatchObject([
        { status: 'accepted' },
        { status: 'accepted' },
        { status: 'accepted' },
      ])
    },
  )

  it('maintenance in front of reports is the same', async () => {
    ads.sandbox.faults.add({ kind: 'reply', match: /googleAds:search/, reply: { status: 503, body: page } })
    expect((await told(ads.act('read_budgets', {}))).code).toBe('platform.transient')
  })
})
