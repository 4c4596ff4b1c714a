import { afterEach, describe, expect, it } from 'vitest'
import type { Connection } from '../../../core/connector/connector.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import {
  connectHubspot,
  failure,
  never,
  openSandbox,
  readAll,
  sandboxApp,
  type OpenSandbox,
} from './open-hubspot.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

function run(
  name: string,
  input: JsonObject = {},
  connection: Connection = open.connection,
): Promise<JsonObject> {
  const action = connection.action(name)
  if (!action) throw new Error(`there is no action ${name}`)
  return action.run(input)
}

/** A connection through the OAuth app, with a token that the sandbox gave out. */
async function connectApp(): Promise<Connection> {
  const form = new URLSearchParams({
    ...sandboxApp,
    grant_type: 'refresh_token',
    refresh_token: 'sandbox-refresh',
  })
  const answer = await fetch(`${open.sandbox.url}/oauth/2026-03/token`, { method: 'POST', body: form })
  const { access_token: accessToken } = (await answer.json()) as { access_token: string }
  const config = { ...sandboxApp, refresh_token: 'sandbox-refresh' }
  return connectHubspot(open.sandbox.url, open.clock, config, { accessToken, expiresAt: null, facts: {} })
    .connection
}

describe('provision_properties', () => {
  it('makes the group and the properties, the unique one unique; run again it changes nothing', async () => {
    open = await openSandbox()
    const names = ['hub_person_id', 'hub_last_synced_at', 'hub_segments']
    expect(await run('provision_properties')).toEqual({ created: names, unchanged: [], drifted: [] })
    expect(open.sandbox.contacts.definitions.get('hub_person_id')).toMatchObject({
      hasUniqueValue: true,
      groupName: 'cdp_hub',
      type: 'string',
    })
    open.sandbox.ledger.length = 0
    expect(await run('provision_properties')).toEqual({ created: [], unchanged: names, drifted: [] })
    expect(open.sandbox.ledger).toEqual([])
  })

  it('makes what is missing where some are there', async () => {
    open = await openSandbox({}, { unique_property: 'person_key' })
    await run('provision_properties')
    open.sandbox.contacts.definitions.delete('hub_segments')
    expect(await run('provision_properties')).toMatchObject({ created: ['hub_segments'] })
    expect(open.sandbox.contacts.definitions.has('person_key')).toBe(true)
  })

  it('reports a property of another shape and leaves it alone', async () => {
    open = await openSandbox({ contacts: [{ id: '1', properties: { hub_person_id: 'x' } }] })
    expect(await run('provision_properties')).toMatchObject({
      drifted: [{ property: 'hub_person_id', expected: 'string/text, unique', found: 'string/text' }],
    })
    expect(open.sandbox.contacts.definitions.get('hub_person_id')?.hasUniqueValue).toBe(false)
  })

  it('two people at once make each property once', async () => {
    open = await openSandbox()
    await Promise.all([run('provision_properties'), run('provision_properties')])
    const created = open.sandbox.ledger.filter(({ operation }) => operation === 'property_create')
    expect(created.flatMap(({ members }) => members).toSorted()).toEqual([
      'hub_last_synced_at',
      'hub_person_id',
      'hub_segments',
    ])
  })

  it('says which scope is missing', async () => {
    open = await openSandbox()
    open.sandbox.scopes.delete('crm.schemas.contacts.write')
    expect((await failure(run('provision_properties'))).params['scopes']).toBe('crm.schemas.contacts.write')
  })
})

describe('list_scopes', () => {
  it('asks about the OAuth token: an optional scope that was dropped is not there', async () => {
    open = await openSandbox()
    open.sandbox.app.grantedScopes.splice(0, 99, 'oauth', 'crm.lists.read')
    expect(await run('list_scopes', {}, await connectApp())).toEqual({
      source: 'token',
      scopes: ['crm.lists.read', 'oauth'],
    })
  })

  it('tries those that matter with a Service Key', async () => {
    open = await openSandbox()
    open.sandbox.scopes.delete('crm.lists.write')
    expect(await run('list_scopes')).toEqual({
      source: 'probes',
      scopes: ['crm.objects.contacts.read', 'crm.objects.contacts.write', 'crm.lists.read'],
    })
  })

  it('a token that is no longer active asks for a person', async () => {
    open = await openSandbox()
    const connection = await connectApp()
    open.clock.advance(1_800_001)
    expect((await failure(run('list_scopes', {}, connection))).code).toBe('platform.auth_expired')
  })
})

describe('uninstall', () => {
  it('takes the app out of the account and ends its journal subscriptions', async () => {
    open = await openSandbox()
    const connection = await connectApp()
    for await (const _page of connection.signalFeeds[0]?.read({ cursor: null, signal: never }) ?? []) continue
    expect(await run('uninstall', { portal_id: '4242424' }, connection)).toEqual({
      uninstalled: '4242424',
      subscriptions_ended: true,
    })
    expect(open.sandbox.journal.subscriptions.filter(({ portalId }) => portalId !== undefined)).toEqual([])
    expect(open.sandbox.ledger.at(-1)?.operation).toBe('uninstall')
    expect(
      (await failure(readAll(connectHubspot(open.sandbox.url, open.clock, { access_token: 'gone' })))).code,
    ).toBe('platform.auth_expired')
  })

  it('an app without the journal is uninstalled all the same', async () => {
    open = await openSandbox()
    const connection = await connectApp()
    open.sandbox.faults.add({ kind: 'reply', match: /webhooks-journal/, reply: { status: 403, body: {} } })
    expect(await run('uninstall', { portal_id: '4242424' }, connection)).toMatchObject({
      subscriptions_ended: false,
    })
  })

  it('refuses without the right confirmation, and for a Service Key', async () => {
    open = await openSandbox()
    const connection = await connectApp()
    expect((await failure(run('uninstall', { portal_id: '1' }, connection))).code).toBe(
      'platform.account_changed',
    )
    expect((await failure(run('uninstall', { portal_id: '4242424' }))).code).toBe('platform.invalid_request')
    expect(() => run('uninstall', {}, connection)).toThrow(/portal_id/)
    expect(open.sandbox.ledger).toEqual([])
  })
})
