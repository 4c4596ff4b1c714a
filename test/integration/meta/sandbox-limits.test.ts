import { createHash, createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startMetaSandbox, type MetaSandbox } from '../../../connectors/meta/sandbox/meta-sandbox.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { createAudience, graph, startAt } from './graph.ts'

// The sandbox's door and limits against the platform notes (ads.md); each test names the section whose line it checks.
const account = 'act_1234567890'
const hashed = createHash('sha256').update('a@b.com').digest('hex')
const payload = { schema: ['EMAIL'], data: [[hashed]] }

let clock: FixedClock
let sandbox: MetaSandbox
beforeEach(async () => {
  clock = createFixedClock(startAt)
  sandbox = await startMetaSandbox({ clock })
})
afterEach(() => sandbox.close())

describe('meta sandbox: who may call (1.1, 1.2)', () => {
  it('answers a wrong or revoked token with 190', async () => {
    const wrong = await fetch(`${sandbox.url}/v25.0/me?access_token=other`)
    expect([wrong.status, await wrong.json()]).toMatchObject([401, { error: { code: 190 } }])
    sandbox.revokeToken(463)
    const { body } = await graph(sandbox, 'GET', 'me')
    expect(body['error']).toMatchObject({ code: 190, error_subcode: 463, is_transient: false })
    expect(Object.keys(body['error'] ?? {}).sort()).toEqual([
      'code',
      'error_subcode',
      'fbtrace_id',
      'is_transient',
      'message',
      'type',
    ])
  })

  it('wants appsecret_proof when the app has a secret', async () => {
    const strict = await startMetaSandbox({ clock, appSecret: 's3cret' })
    const proof = createHmac('sha256', 's3cret').update('sandbox-token').digest('hex')
    expect((await graph(strict, 'GET', 'me')).status).toBe(400)
    expect((await graph(strict, 'GET', 'me', { appsecret_proof: proof })).status).toBe(200)
    await strict.close()
  })

  it('refuses writes without ads_management', async () => {
    sandbox.setPermissions(['ads_read'])
    const { status, body } = await graph(sandbox, 'POST', `${account}/customaudiences`, { name: 'x' })
    expect([status, body['error']]).toMatchObject([403, { code: 200 }])
    expect((await graph(sandbox, 'GET', account)).status).toBe(200)
  })

  it('shows the terms, and refuses to create and to write without them', async () => {
    const id = await createAudience(sandbox, 'List')
    const terms = { fields: 'tos_accepted' }
    expect((await graph(sandbox, 'GET', account, terms)).body).toMatchObject({
      tos_accepted: { custom_audience_tos: 1 },
    })
    sandbox.acceptTerms(false)
    sandbox.acceptValueTerms(false)
    expect((await graph(sandbox, 'GET', account, terms)).body).toEqual({ id: account })
    for (const path of [`${account}/customaudiences`, `${id}/users`])
      expect((await graph(sandbox, 'POST', path, { payload })).body['error']).toMatchObject({
        code: 200,
        error_subcode: 1_870_090,
      })
  })

  it('warns on the version that ended last and refuses older ones (1.1)', async () => {
    expect((await graph(sandbox, 'GET', 'v25.0/me')).headers.has('x-ad-api-version-warning')).toBe(false)
    const upgraded = await graph(sandbox, 'GET', 'v24.0/me')
    expect(upgraded.status).toBe(200)
    expect(upgraded.headers.has('x-ad-api-version-warning')).toBe(true)
    expect((await graph(sandbox, 'GET', 'v23.0/me')).body['error']).toMatchObject({ code: 2635 })
  })
})

describe('meta sandbox: limits (1.6)', () => {
  it('tells with each answer how much of the hour is used', async () => {
    const id = await createAudience(sandbox, 'List')
    for (let call = 0; call < 3; call += 1) await graph(sandbox, 'GET', id)
    const { headers } = await graph(sandbox, 'POST', `${id}/users`, { payload })
    expect(JSON.parse(headers.get('x-business-use-case-usage') ?? '{}')).toMatchObject({
      1234567890: [{ type: 'custom_audience', call_count: 1, estimated_time_to_regain_access: 0 }],
    })
  })

  it('blocks the account for five minutes when its score passes 60', async () => {
    for (let read = 0; read < 60; read += 1) expect((await graph(sandbox, 'GET', account)).status).toBe(200)
    const { headers, body } = await graph(sandbox, 'GET', account)
    expect(body['error']).toMatchObject({ code: 17, error_subcode: 2_446_079 })
    expect(JSON.parse(headers.get('x-ad-account-usage') ?? '{}')).toMatchObject({ reset_time_duration: 300 })
    clock.advance(300_000)
    expect((await graph(sandbox, 'GET', account)).status).toBe(200)
  })

  it('neither counts nor refuses with its limits off', async () => {
    const open = await startMetaSandbox({ clock, limits: 'off' })
    for (let read = 0; read < 70; read += 1) expect((await graph(open, 'GET', account)).status).toBe(200)
    expect((await graph(open, 'GET', account)).headers.has('x-ad-account-usage')).toBe(false)
    await open.close()
  })
})
