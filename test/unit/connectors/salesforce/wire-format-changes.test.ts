/** What goes over the wire to the Streaming API, the Tooling API and the authorisation, as the vendor documents it. */
import nock from 'nock'
import { beforeEach, describe, expect, it } from 'vitest'
import { authorization } from '../../../../connectors/salesforce/authorization.ts'
import { salesforceConfig } from '../../../../connectors/salesforce/config.ts'
import type { SignalPage } from '../../../../core/connector/signal.ts'
import {
  connectSalesforce,
  destination,
  settings,
  type OpenSalesforce,
} from '../../../integration/salesforce/open-salesforce.ts'
import { createFixedClock } from '../../../support/fixed-clock.ts'
import { nockNetwork } from '../../../support/nocked-network.ts'

const host = 'https://acme.my.salesforce.com'
const data = '/services/data/v67.0'
const never = new AbortController().signal
const channel = '/data/ChangeEvents'
const clientId = '1q1ib66fvm7kli1gfoauu95i78g'

let open: OpenSalesforce
let org: nock.Scope

nockNetwork()
beforeEach(() => {
  org = nock(host, { reqheaders: { authorization: 'Bearer 00D!token' } })
  const facts = { instance_url: host, org_id: '00D5g000004ABCDEA4', user_id: '0055g000009ABCDAA4' }
  const grant = { accessToken: '00D!token', expiresAt: null, facts }
  open = connectSalesforce(host, createFixedClock('2026-11-22T10:00:00Z', { autoAdvance: true }), {
    config: { change_channel: channel },
    credentials: { current: async () => grant },
  })
})

/** A message as the change event guide shows it, with the origin and user of somebody else. */
const published = {
  channel,
  data: {
    schema: '-pszPCNGMHqUPU1ftkjxEA',
    payload: {
      LastModifiedDate: '2026-11-22T10:00:01Z',
      DoNotCall: true,
      ChangeEventHeader: {
        commitNumber: 65824731379,
        commitUser: '0055g00000PERSNAA4',
        sequenceNumber: 1,
        entityName: 'Contact',
        changeType: 'UPDATE',
        changedFields: ['DoNotCall', 'LastModifiedDate'],
        changeOrigin: 'com/salesforce/api/soap/67.0;client=Astro',
        transactionKey: '000046c7-a642-11e2-c29b-229c6786473e',
        commitTimestamp: 1795341601000,
        recordIds: ['0035g0000000001AAA'],
      },
    },
    event: { replayId: 6 },
  },
}

describe('the change feed', () => {
  it('handshake, connect, subscribe with the replay extension, polls, disconnect; cookies of the handshake go along', async () => {
    org
      .post('/cometd/67.0', [
        {
          id: '1',
          channel: '/meta/handshake',
          version: '1.0',
          minimumVersion: '1.0',
          supportedConnectionTypes: ['long-polling'],
          ext: { replay: true },
        },
      ])
      .reply(
        200,
        [
          {
            id: '1',
            channel: '/meta/handshake',
            clientId,
            version: '1.0',
            successful: true,
            ext: { replay: true },
          },
        ],
        ['set-cookie', 'BAYEUX_BROWSER=7a3b; Path=/; Secure', 'set-cookie', 'sid=1!a=b; Path=/'],
      )
    const later = nock(host, {
      reqheaders: { authorization: 'Bearer 00D!token', cookie: 'BAYEUX_BROWSER=7a3b; sid=1!a=b' },
    })
    const connect = (id: string, timeout: number) =>
      later.post('/cometd/67.0', [
        { id, clientId, channel: '/meta/connect', connectionType: 'long-polling', advice: { timeout } },
      ])
    const connected = (id: string) => ({ id, channel: '/meta/connect', clientId, successful: true })
    connect('2', 0).reply(200, [{ ...connected('2'), advice: { interval: 0, timeout: 110_000 } }])
    later
      .post('/cometd/67.0', [
        {
          id: '3',
          clientId,
          channel: '/meta/subscribe',
          subscription: channel,
          ext: { replay: { [channel]: 5 } },
        },
      ])
      .reply(200, [
        { id: '3', channel: '/meta/subscribe', clientId, subscription: channel, successful: true },
      ])
    connect('4', 5000).reply(200, [published, connected('4')])
    connect('5', 5000).reply(200, [connected('5')])
    later
      .post('/cometd/67.0', [{ id: '6', clientId, channel: '/meta/disconnect' }])
      .reply(200, [{ id: '6', channel: '/meta/disconnect', clientId, successful: true }])
    const cursor = { version: 1, org: '00D5g000004ABCDEA4', channel, replayId: 5, since: 0 }
    const pages: SignalPage[] = []
    for await (const page of open.connection.signalFeeds[0]?.read({ cursor, signal: never }) ?? [])
      pages.push(page)
    expect(pages).toEqual([
      {
        signals: [
          {
            id: '000046c7-a642-11e2-c29b-229c6786473e:1:0035g0000000001AAA',
            kind: 'opted_out',
            fields: ['DoNotCall'],
            stream: 'contacts',
            externalId: '0035g0000000001AAA',
            occurredAt: 1795341601000,
          },
        ],
        cursor: { ...cursor, replayId: 6 },
      },
    ])
  })

  it('a refusal of the feed is no refusal of the connection: each poll is paid from a budget of its own', async () => {
    org.post('/cometd/67.0').reply(503, '<html>Maintenance</html>')
    const reading = async (): Promise<void> => {
      for await (const page of open.connection.signalFeeds[0]?.read({ cursor: null, signal: never }) ?? [])
        expect(page.signals).toEqual([])
    }
    await expect(reading()).rejects.toMatchObject({ code: 'platform.transient' })
    expect(open.calls.map(({ budget }) => budget)).toEqual(['daily_events'])
  })
})

describe('the Tooling API', () => {
  it('asks for the field and creates it by its full name and metadata', async () => {
    for (const object of ['Contact', 'Lead']) {
      org.get(`${data}/sobjects/${object}/describe`).reply(200, { name: object, fields: [] })
      org
        .get(`${data}/tooling/query`)
        .query({
          q: `SELECT Id FROM CustomField WHERE TableEnumOrId = '${object}' AND DeveloperName = 'Hub_Person_Id'`,
        })
        .reply(200, { size: 0, totalSize: 0, done: true, records: [] })
      org
        .post(`${data}/tooling/sobjects/CustomField`, {
          FullName: `${object}.Hub_Person_Id__c`,
          Metadata: {
            label: 'Affluent person ID',
            description: 'Id under which the audience hub Affluent knows this person.',
            type: 'Text',
            length: 64,
            externalId: true,
            unique: true,
            caseSensitive: false,
            required: false,
          },
        })
        .reply(201, { id: '00N5g00000FIELDAA4', success: true, errors: [], warnings: [], infos: [] })
    }
    expect(await open.connection.action('create_fields')?.run({})).toMatchObject({
      created: ['Contact.Hub_Person_Id__c', 'Lead.Hub_Person_Id__c'],
    })
  })
})

const field = (name: string) => ({ name, type: 'string', createable: true, updateable: true })

describe('solicit_opt_out', () => {
  it('asks which Individuals are not out yet, and marks those by id', async () => {
    const names = ['Id', 'Email', 'IndividualId']
    org
      .get(`${data}/sobjects/Individual/describe`)
      .reply(200, { name: 'Individual', fields: [field('HasOptedOutSolicit')] })
    for (const object of ['Contact', 'Lead'])
      org.get(`${data}/sobjects/${object}/describe`).reply(200, { name: object, fields: names.map(field) })
    const row = { Id: '0035g0000000001AAA', Email: 'p0@example.com', IndividualId: '0PK5g0000000001GAA' }
    for (const [object, records] of [
      ['Contact', [row]],
      ['Lead', []],
    ] as const)
      org
        .get(`${data}/query`)
        .query({ q: `SELECT Id, Email, IndividualId FROM ${object} WHERE Email IN ('p0@example.com')` })
        .reply(200, { totalSize: records.length, done: true, records })
    org
      .get(`${data}/query`)
      .query({
        q: "SELECT Id FROM Individual WHERE HasOptedOutSolicit = true AND Id IN ('0PK5g0000000001GAA')",
      })
      .reply(200, { totalSize: 0, done: true, records: [] })
    org
      .patch(`${data}/composite/sobjects`, {
        allOrNone: false,
        records: [{ attributes: { type: 'Individual' }, Id: row.IndividualId, HasOptedOutSolicit: true }],
      })
      .reply(200, [{ id: row.IndividualId, success: true, errors: [] }])
    const target = destination(open, 'solicit_opt_out')
    const audience = { externalId: 'solicit_opt_out', name: 'solicit opt-out' }
    const records = [{ fields: { Email: 'p0@example.com' } }]
    expect(await target.add({ audience, records, signal: never })).toEqual([
      { status: 'applied', key: row.Id },
    ])
  })
})

describe('the authorisation address', () => {
  it('names code, app, callback, scopes and the challenge of the published example (RFC 7636, appendix B)', async () => {
    const redirectUrl = 'https://hub.example.com/oauth/salesforce/callback'
    const codeChallenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    const config = salesforceConfig.parse(settings(host))
    expect(authorization.address(config, { state: 's', redirectUrl, codeChallenge })).toBe(
      `${host}/services/oauth2/authorize?${new URLSearchParams({
        response_type: 'code',
        client_id: 'consumer-key',
        redirect_uri: redirectUrl,
        scope: 'api refresh_token',
        code_challenge: codeChallenge,
        code_challenge_method: 'S256',
        prompt: 'login consent',
        state: 's',
      }).toString()}`,
    )
  })
})
