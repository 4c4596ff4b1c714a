/**
 * What the sandbox adds for Change Data Capture, the Tooling API and the web server flow, against the platform notes (chapter 2),
 * spoken to by plain requests. Each test names the part of the chapter it holds the sandbox to.
 */
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  startSalesforceSandbox,
  type SalesforceSandbox,
} from '../../../../connectors/salesforce/sandbox/salesforce-sandbox.ts'
import { createFixedClock, type FixedClock } from '../../../support/fixed-clock.ts'

let clock: FixedClock
let sandbox: SalesforceSandbox
let bearer: string
let cookie: string

beforeEach(async () => {
  clock = createFixedClock('2026-11-22T10:00:00Z', { autoAdvance: true })
  sandbox = await startSalesforceSandbox({ clock, changeEntities: ['Contact', 'Lead'] })
  bearer = sandbox.tokens.openSession()
  cookie = ''
})
afterEach(() => sandbox.close())

// oxlint-disable-next-line typescript/no-explicit-any -- Bayeux messages of many shapes, looked at field by field
type BayeuxMessage = Record<string, any>

async function bayeux(message: BayeuxMessage): Promise<BayeuxMessage[]> {
  const response = await fetch(`${sandbox.url}/cometd/67.0`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json', cookie },
    body: JSON.stringify([message]),
  })
  const [set = ''] = response.headers.getSetCookie()
  if (set !== '') cookie = set.split(';')[0] ?? ''
  return (await response.json()) as BayeuxMessage[]
}

async function shakeHands(): Promise<string> {
  const [answer] = await bayeux({
    channel: '/meta/handshake',
    version: '1.0',
    supportedConnectionTypes: ['long-polling'],
    ext: { replay: true },
  })
  const clientId = String(answer?.['clientId'])
  // Answered at once and without events, as the first connect of a client always is.
  expect(await connect(clientId)).toMatchObject([{ successful: true, advice: { reconnect: 'retry' } }])
  return clientId
}

const subscribe = async (clientId: string, replay: number, subscription = '/data/ChangeEvents') =>
  (
    await bayeux({
      channel: '/meta/subscribe',
      clientId,
      subscription,
      ext: { replay: { [subscription]: replay } },
    })
  )[0]

function connect(clientId: string, advice?: object): Promise<BayeuxMessage[]> {
  return bayeux({
    channel: '/meta/connect',
    clientId,
    connectionType: 'long-polling',
    ...(advice && { advice }),
  })
}

const insert = () => sandbox.org.insert('Contact', { LastName: 'L', Email: 'a@example.com' })

describe('2.6 change signals', () => {
  it('an event has a header with entity, ids, type, origin, transaction, time, user and fields, and a replay id', async () => {
    const clientId = await shakeHands()
    expect(await subscribe(clientId, -1)).toMatchObject({ successful: true })
    const { id } = insert()
    sandbox.org.update('Contact', id, { Title: 'CEO' })
    const [created, updated, answer] = await connect(clientId)
    expect(created).toMatchObject({
      channel: '/data/ChangeEvents',
      data: {
        payload: {
          LastName: 'L',
          ChangeEventHeader: {
            entityName: 'Contact',
            recordIds: [id],
            changeType: 'CREATE',
            changeOrigin: '',
            commitTimestamp: clock.now(),
          },
        },
        event: { replayId: expect.any(Number) },
      },
    })
    expect(updated?.['data'].payload.ChangeEventHeader).toMatchObject({
      changeType: 'UPDATE',
      changedFields: ['Title', 'LastModifiedDate'],
    })
    expect(answer).toMatchObject({ channel: '/meta/connect', successful: true })
  })

  it('only selected objects are told; the client string of a request shows in changeOrigin', async () => {
    const clientId = await shakeHands()
    await subscribe(clientId, -1)
    sandbox.org.insert('Account', { Name: 'A' })
    await fetch(`${sandbox.url}/services/data/v67.0/sobjects/Contact`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${bearer}`,
        'content-type': 'application/json',
        'sforce-call-options': 'client=cdp-hub/1',
      },
      body: JSON.stringify({ LastName: 'L' }),
    })
    const [event, answer] = await connect(clientId)
    expect(event?.['data'].payload.ChangeEventHeader.changeOrigin).toBe(
      'com/salesforce/api/rest/67.0;client=cdp-hub/1',
    )
    expect(answer?.['channel']).toBe('/meta/connect')
  })

  it('replay: -1 new only, -2 all that are kept, an id what came after it; older than 72 hours is an error', async () => {
    insert()
    const second = insert()
    const clientId = await shakeHands()
    await subscribe(clientId, -2)
    const [first, other] = await connect(clientId)
    const replayId: number = first?.['data'].event.replayId
    await subscribe(clientId, replayId)
    const [again] = await connect(clientId)
    expect(again?.['data'].payload.ChangeEventHeader.recordIds).toEqual([second.id])
    expect(again).toEqual(other)
    clock.advance(73 * 3_600_000)
    bearer = sandbox.tokens.openSession()
    const late = await shakeHands()
    expect(await subscribe(late, replayId)).toMatchObject({
      successful: false,
      error: expect.stringMatching(/^400::The replayId \{\d+\} you provided was invalid/),
    })
    expect(await subscribe(late, -2)).toMatchObject({ successful: true })
  })

  it('a merge shows as UPDATE of the winner and DELETE of the loser, without its master', async () => {
    const [winner, loser] = [insert(), insert()]
    const clientId = await shakeHands()
    await subscribe(clientId, -1)
    sandbox.org.merge('Contact', winner.id, loser.id)
    const events = (await connect(clientId)).filter(({ data }) => data)
    expect(new Set(events.map(({ data }) => data.payload.ChangeEventHeader.changeType))).toEqual(
      new Set(['DELETE', 'UPDATE']),
    )
    expect(JSON.stringify(events)).not.toContain('MasterRecordId')
  })

  it('a quiet poll is held for 110 seconds, or as long as the client advises', async () => {
    const clientId = await shakeHands()
    await subscribe(clientId, -1)
    expect(await connect(clientId, { timeout: 5000 })).toMatchObject([{ successful: true }])
    await connect(clientId)
    expect(clock.sleeps).toEqual([5000, 110_000])
  })

  it('a channel that is not selected does not exist; over the allocation of events is a 403', async () => {
    const clientId = await shakeHands()
    expect(await subscribe(clientId, -1, '/data/TaskChangeEvent')).toMatchObject({
      successful: false,
      error: expect.stringMatching(/^400::The channel you requested to subscribe to does not exist/),
    })
    await sandbox.close()
    sandbox = await startSalesforceSandbox({ clock, changeEntities: ['Contact'], dailyEvents: 1 })
    bearer = sandbox.tokens.openSession()
    const other = await shakeHands()
    await subscribe(other, -1)
    insert()
    await connect(other)
    expect((await connect(other))[0]?.['error']).toBe('403::Organization total events daily limit exceeded')
  })

  it('trap 14: a client that is silent, or unknown, is told to shake hands again; without its cookie it is refused', async () => {
    const clientId = await shakeHands()
    await subscribe(clientId, -1)
    const own = cookie
    cookie = ''
    expect((await connect(clientId))[0]?.['error']).toMatch(/no BAYEUX_BROWSER cookie present/)
    cookie = own
    clock.advance(41_000)
    expect(await connect(clientId)).toMatchObject([
      { error: '403::Unknown client', advice: { reconnect: 'handshake' } },
    ])
  })

  it('a dead session is refused at the handshake and at polls, each in its own way', async () => {
    const clientId = await shakeHands()
    sandbox.tokens.expireSessions()
    expect(await connect(clientId)).toMatchObject([
      { error: '401::Authentication invalid', advice: { reconnect: 'none' } },
    ])
    const [answer] = await bayeux({ channel: '/meta/handshake', supportedConnectionTypes: ['long-polling'] })
    expect(answer).toMatchObject({
      error: '403::Handshake denied',
      ext: { sfdc: { failureReason: '401::Authentication invalid' } },
    })
  })
})

const create = (FullName: string) =>
  fetch(`${sandbox.url}/services/data/v67.0/tooling/sobjects/CustomField`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify({ FullName, Metadata: { label: 'X', type: 'Text', length: 64 } }),
  })

describe('2.4 custom fields', () => {
  it('are created by the Tooling API, seen by nobody until field-level security is granted, and exist once', async () => {
    expect((await create('Contact.X__c')).status).toBe(201)
    expect(sandbox.org.fieldsOf('Contact').has('x__c')).toBe(false)
    expect(await (await create('Contact.X__c')).json()).toMatchObject([
      { errorCode: 'DUPLICATE_DEVELOPER_NAME' },
    ])
    sandbox.customFields.grant('Contact.X__c')
    expect(sandbox.org.fieldsOf('Contact').get('x__c')).toMatchObject({ name: 'X__c', length: 64 })
  })
})

const challenge = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')
const authorize = (more: Record<string, string> = {}) => {
  const query = {
    response_type: 'code',
    client_id: 'consumer-key',
    redirect_uri: 'https://hub/cb',
    ...more,
  }
  const search = new URLSearchParams(query).toString()
  return fetch(`${sandbox.url}/services/oauth2/authorize?${search}`, { redirect: 'manual' })
}
const redeem = async (more: Record<string, string>) => {
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: 'consumer-key',
    client_secret: 'consumer-secret',
    redirect_uri: 'https://hub/cb',
    ...more,
  })
  const response = await fetch(`${sandbox.url}/services/oauth2/token`, { method: 'POST', body: form })
  return { status: response.status, body: (await response.json()) as BayeuxMessage }
}
const codeFor = async (verifier: string): Promise<string> => {
  const page = await authorize({ code_challenge: challenge(verifier), code_challenge_method: 'S256' })
  return new URL(page.headers.get('location') ?? '').searchParams.get('code') ?? ''
}

describe('2.1 web server flow', () => {
  it('needs PKCE; a code is good once, for a quarter of an hour, with its secret, address and verifier', async () => {
    expect((await authorize()).status).toBe(400)
    const code = await codeFor('v')
    const answer = await redeem({ code, code_verifier: 'v' })
    expect(answer.body).toMatchObject({ access_token: expect.any(String), refresh_token: expect.any(String) })
    expect((await redeem({ code, code_verifier: 'v' })).body['error']).toBe('invalid_grant')
    const refused: [Record<string, string>, string][] = [
      [{ code_verifier: 'w' }, 'invalid_grant'],
      [{ code_verifier: 'v', redirect_uri: 'https://else/cb' }, 'redirect_uri_mismatch'],
      [{ code_verifier: 'v', client_secret: 'wrong' }, 'invalid_client'],
    ]
    for (const [form, error] of refused)
      expect((await redeem({ code: await codeFor('v'), ...form })).body['error']).toBe(error)
    const late = await codeFor('v')
    clock.advance(901_000)
    expect((await redeem({ code: late, code_verifier: 'v' })).body['error']).toBe('invalid_grant')
  })
})
