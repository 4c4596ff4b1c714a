import nock from 'nock'
import { describe, expect, it } from 'vitest'
import { sha256 } from '../../../connectors/google-ads/hashing.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { nockNetwork } from '../../support/nocked-network.ts'
import { connectGoogleAds, never, obtainGrant } from './open-google-ads.ts'

// What goes over the wire, as sections 2 and 3 of the platform notes have it. Nothing answers but nock.
const dataManager = 'https://datamanager.googleapis.com'
const googleAds = 'https://googleads.googleapis.com'
const bearer = { authorization: 'Bearer fixed-token' }
const audience = { externalId: 'customers/1234567890/userLists/7777777777', name: 'VIP' }
const hex = (text: string): string => sha256(text, 'hex')

nockNetwork()

const listView = {
  name: 'accountTypes/GOOGLE_ADS/accounts/1234567890/userLists/7777777777',
  id: '7777777777',
  displayName: 'VIP',
  membershipStatus: 'OPEN',
  ingestedUserListInfo: { uploadKeyTypes: ['CONTACT_ID'] },
}

describe('google-ads: requests of the Data Manager API on the wire', () => {
  it('adds people by POST audienceMembers:ingest with lists, consent, encoding and terms (2.2)', async () => {
    nock(dataManager, { reqheaders: { ...bearer, 'content-type': 'application/json' } })
      .post('/v1/audienceMembers:ingest', {
        destinations: [
          {
            operatingAccount: { accountType: 'GOOGLE_ADS', accountId: '1234567890' },
            loginAccount: { accountType: 'GOOGLE_ADS', accountId: '9876543210' },
            productDestinationId: '7777777777',
          },
        ],
        audienceMembers: [
          {
            userData: {
              userIdentifiers: [{ emailAddress: hex('a@b.com') }, { phoneNumber: hex('+33612345678') }],
            },
          },
          { userData: { userIdentifiers: [{ emailAddress: hex('c@d.com') }] } },
        ],
        consent: { adUserData: 'CONSENT_GRANTED', adPersonalization: 'CONSENT_GRANTED' },
        termsOfService: { customerMatchTermsOfServiceStatus: 'ACCEPTED' },
        encoding: 'HEX',
      })
      .reply(200, { requestId: 'r-1' })
    const { lists } = connectGoogleAds({ config: { login_customer_id: '987-654-3210' } })
    const records = [
      { fields: { email: ' A@B.com', phone: '+33 6 12 34 56 78' } },
      { fields: { email: 'c@d.com' } },
    ]
    expect(await lists.add({ audience, records, signal: never })).toEqual([
      { status: 'accepted', job: 'r-1' },
      { status: 'accepted', job: 'r-1' },
    ])
  })

  it('removes people by POST audienceMembers:remove, without consent or terms', async () => {
    nock(dataManager, { reqheaders: bearer })
      .post('/v1/audienceMembers:remove', {
        destinations: [
          {
            operatingAccount: { accountType: 'GOOGLE_ADS', accountId: '1234567890' },
            productDestinationId: '7777777777',
          },
        ],
        audienceMembers: [{ userData: { userIdentifiers: [{ emailAddress: sha256('a@b.com', 'base64') }] } }],
        encoding: 'BASE64',
      })
      .reply(200, { requestId: 'r-2', fieldWarnings: [] })
    const { lists } = connectGoogleAds({ config: { hash_encoding: 'base64' } })
    const records = [{ fields: { email: 'a@b.com' } }]
    expect(await lists.remove({ audience, records, signal: never })).toMatchObject([{ job: 'r-2' }])
  })

  it('carries the consent of a record that says more than the connection', async () => {
    let sent: unknown
    nock(dataManager)
      .post('/v1/audienceMembers:ingest', (body: unknown) => Boolean((sent = body)))
      .reply(200, { requestId: 'r-3' })
    const { lists } = connectGoogleAds({ config: { ad_user_data_consent: 'unspecified' } })
    const records = [
      { fields: { email: 'a@b.com', ad_user_data: 'granted' } },
      { fields: { email: 'c@d.com' } },
    ]
    await lists.add({ audience, records, signal: never })
    expect(sent).toMatchObject({
      consent: { adUserData: 'CONSENT_STATUS_UNSPECIFIED', adPersonalization: 'CONSENT_GRANTED' },
      audienceMembers: [
        { consent: { adUserData: 'CONSENT_GRANTED', adPersonalization: 'CONSENT_GRANTED' } },
        { userData: {} },
      ],
    })
  })

  it("tells Google each person's own consent, granted or denied, as the hub has it (2.2)", async () => {
    let sent: unknown
    nock(dataManager)
      .post('/v1/audienceMembers:ingest', (body: unknown) => Boolean((sent = body)))
      .reply(200, { requestId: 'r-3' })
    const { lists } = connectGoogleAds({ config: { denied_personalization: 'declare' } })
    const records = [
      { fields: { email: 'a@b.com', ad_user_data: 'granted', ad_personalization: 'granted' } },
      { fields: { email: 'c@d.com', ad_user_data: true, ad_personalization: false } },
      { fields: { email: 'e@f.com', ad_user_data: 'denied', ad_personalization: 'granted' } },
    ]
    expect(await lists.add({ audience, records, signal: never })).toMatchObject([
      { status: 'accepted' },
      { status: 'accepted' },
      { status: 'rejected', reason: { code: 'consent_not_granted' } },
    ])
    expect(sent).toMatchObject({
      audienceMembers: [
        { consent: { adUserData: 'CONSENT_GRANTED', adPersonalization: 'CONSENT_GRANTED' } },
        { consent: { adUserData: 'CONSENT_GRANTED', adPersonalization: 'CONSENT_DENIED' } },
      ],
    })
  })

  it('asks for the status by the id of the request', async () => {
    nock(dataManager, { reqheaders: bearer })
      .get('/v1/requestStatus:retrieve')
      .query({ requestId: 'r-1' })
      .reply(200, { requestStatusPerDestination: [{ requestStatus: 'PROCESSING' }] })
    expect(await connectGoogleAds().lists.readJob('r-1')).toEqual({ status: 'processing' })
  })

  it('lists, creates and reads lists below the account, with the manager in a header (2.1)', async () => {
    const lists = '/v1/accountTypes/GOOGLE_ADS/accounts/1234567890/userLists'
    const reqheaders = { ...bearer, 'login-account': 'accountTypes/GOOGLE_ADS/accounts/9876543210' }
    nock(dataManager, { reqheaders })
      .get(lists)
      .query({ pageSize: '1000' })
      .reply(200, { nextPageToken: 'p2' })
      .get(lists)
      .query({ pageSize: '1000', pageToken: 'p2' })
      .reply(200, {})
      .post(lists, {
        displayName: 'VIP',
        description: 'Kept by Affluent.',
        membershipStatus: 'OPEN',
        membershipDuration: '2592000s',
        ingestedUserListInfo: {
          uploadKeyTypes: ['CONTACT_ID'],
          contactIdInfo: { dataSourceType: 'DATA_SOURCE_TYPE_FIRST_PARTY' },
        },
      })
      .reply(200, listView)
      .get(`${lists}/7777777777`)
      .reply(200, { ...listView, sizeInfo: { displayNetworkMembersCount: '4300', gmailMembersCount: '12' } })
    const ads = connectGoogleAds({
      config: { login_customer_id: '987-654-3210', membership_duration_days: 30 },
    })
    expect(await ads.lists.find({ name: 'VIP' })).toBeNull()
    expect(await ads.lists.create({ name: 'VIP' })).toMatchObject(audience)
    expect(await ads.lists.readSize(audience)).toEqual({ atLeast: 4_250, atMost: null })
  })

  it('removes older members with the instant in the request', async () => {
    nock(dataManager)
      .post('/v1/audienceMembers:removeAll', {
        destinations: [
          {
            operatingAccount: { accountType: 'GOOGLE_ADS', accountId: '1234567890' },
            productDestinationId: '7777777777',
          },
        ],
        removeAsOfTime: '2026-11-22T08:00:00.000Z',
      })
      .reply(200, { requestId: 'r-4' })
    const input = { audience_id: audience.externalId, added_before: '2026-11-22T09:00:00+01:00' }
    expect(await connectGoogleAds().act('remove_older_members', input)).toMatchObject({ job: 'r-4' })
  })

  it('validates with validateOnly, and with nobody', async () => {
    nock(dataManager)
      .post('/v1/audienceMembers:ingest', (body: { validateOnly?: boolean; audienceMembers: unknown[] }) => {
        expect(body.audienceMembers).toEqual([
          { userData: { userIdentifiers: [{ emailAddress: hex('nobody@example.com') }] } },
        ])
        return body.validateOnly === true
      })
      .reply(200, { requestId: 'r-5' })
    await connectGoogleAds().act('validate_upload', { audience_id: audience.externalId })
  })

  it('does not follow a redirect, which would carry the token elsewhere', async () => {
    nock(dataManager)
      .get(/userLists/)
      .reply(302, '', { location: 'https://elsewhere.example/' })
    await expect(connectGoogleAds().lists.find(audience)).rejects.toMatchObject({
      code: 'platform.unreadable_answer',
    })
  })
})

describe('google-ads: queries of the Google Ads API on the wire', () => {
  it("go through the hub's fetch to the search method, without a page size (3.4, 3.9)", async () => {
    const results = [{ customer: { id: '1234567890', currencyCode: 'EUR', timeZone: 'Europe/Paris' } }]
    const path = '/v25/customers/1234567890/googleAds:search'
    const bodies: Record<string, unknown>[] = []
    const reqheaders = { ...bearer, 'login-customer-id': '9876543210', 'developer-token': 'unused' }
    nock(googleAds, { reqheaders })
      .post(path, (body) => bodies.push(body) > 0)
      .reply(200, { results, fieldMask: 'customer.id' })
      .post(path, (body) => bodies.push(body) > 0)
      .reply(200, { fieldMask: 'campaign.id', nextPageToken: 'p2' })
      .post(path, (body) => bodies.push(body) > 0)
      .reply(200, { fieldMask: 'campaign.id' })
    const { connection } = connectGoogleAds({ config: { login_customer_id: '987-654-3210' } })
    const pages = connection
      .source('campaign_performance')
      ?.read({ cursor: null, fields: ['clicks'], signal: never })
    for await (const page of pages ?? []) expect(page.records).toEqual([])
    expect(bodies[1]).toEqual({
      query:
        "SELECT campaign.resource_name, segments.date, metrics.clicks, metrics.impressions FROM campaign WHERE segments.date BETWEEN '2026-08-25' AND '2026-11-22' ORDER BY segments.date, campaign.resource_name",
      search_settings: { return_summary_row: false },
    })
    expect(bodies[2]).toMatchObject({ page_token: 'p2' })
  })
})

describe('google-ads: access on the wire', () => {
  it('renews by refresh token, and takes the hour that Google says', async () => {
    const clock = createFixedClock('2026-11-22T10:00:00Z')
    nock('https://oauth2.googleapis.com')
      .post('/token', {
        grant_type: 'refresh_token',
        client_id: 'sandbox-client',
        client_secret: 'sandbox-secret',
        refresh_token: 'sandbox-refresh',
      })
      .reply(200, { access_token: 'ya29.new', expires_in: 3599, scope: 'x', token_type: 'Bearer' })
    expect(await obtainGrant(clock, {})).toEqual({
      accessToken: 'ya29.new',
      expiresAt: clock.now() + 3_599_000,
      facts: { scopes: 'x' },
    })
  })
})
