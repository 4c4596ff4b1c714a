/** The connector with the hub's own keeper of grants, caller and store, against the org that kills reused tokens. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { salesforceConnector } from '../../../connectors/salesforce/connector.ts'
import {
  startSalesforceSandbox,
  type SalesforceSandbox,
} from '../../../connectors/salesforce/sandbox/salesforce-sandbox.ts'
import type { Connection } from '../../../core/connector/connector.ts'
import type { Clock } from '../../../core/port/clock.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { createCredentialsKeeper } from '../../../hub-server/net/credentials-keeper.ts'
import { createPlatformCaller } from '../../../hub-server/net/platform-caller.ts'
import { createSecretBox } from '../../../hub-server/secrets/secret-box.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { failure, never, people, readAll, settings, startAt } from './open-salesforce.ts'

/** Time stands still, and who waits only lets the others go on: a process that holds the lease is never overtaken by the clock. */
const clock: Clock = {
  now: () => Date.parse(startAt),
  sleep: () => new Promise((resolve) => setImmediate(resolve)),
}
const box = createSecretBox(new Uint8Array(32).fill(7))
let folder: string
let store: ControlStore
let sandbox: SalesforceSandbox
let config: JsonObject

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-salesforce-'))
  store = await openControlStore(join(folder, 'control.sqlite'), clock)
  sandbox = await startSalesforceSandbox({ clock, limits: 'off' })
  config = { ...settings(sandbox.url), refresh_token: sandbox.tokens.authorise() }
})
afterEach(async () => {
  await sandbox.close()
  await store.close()
  await rm(folder, { recursive: true })
})

/** A process of the hub: its own keeper and caller on the shared store. */
function openProcess(holder: string): Connection {
  const shared = {
    connection: 'crm',
    fetch: globalThis.fetch,
    clock,
    logger: silentLogger,
    workspace: '/',
  }
  const options = {
    connection: 'crm',
    budgets: salesforceConnector.budgets,
    pacing: false,
    clock,
    random: () => 0.5,
    logger: silentLogger,
    signal: never,
  }
  const call = createPlatformCaller(options)
  const credentials = createCredentialsKeeper({
    connection: 'crm',
    obtain: async (previous) => {
      const grant = await salesforceConnector.grant?.({ ...shared, call }, config, previous)
      if (!grant) throw new Error('no grant')
      return grant
    },
    store,
    box,
    clock,
    signal: never,
    holder,
  })
  return salesforceConnector.connect(
    { ...shared, credentials, call: createPlatformCaller({ ...options, credentials }) },
    config,
  )
}

const refreshes = (): number => sandbox.requests.filter(({ path }) => path.endsWith('/token')).length
const read = async (connection: Connection): Promise<number> =>
  (await readAll({ connection, calls: [] }, 'contacts')).records.length

describe('renewing access', () => {
  it('B52, trap 3: fifty reads in two processes that meet a dead session cost one refresh', async () => {
    sandbox.org.insert('Contact', { LastName: 'L' })
    const [one, two] = [openProcess('one'), openProcess('two')]
    await Promise.all([read(one), read(two)])
    expect(refreshes()).toBe(1)
    sandbox.tokens.expireSessions()
    const counts = await Promise.all(
      Array.from({ length: 50 }, (_, index) => read(index % 2 === 0 ? one : two)),
    )
    expect(new Set(counts)).toEqual(new Set([1]))
    expect(refreshes()).toBe(2)
  })

  it('a session that dies between the requests of one batch costs one refresh and no record', async () => {
    const connection = openProcess('one')
    const campaign = connection.destination('campaign')
    const audience = await campaign?.create?.({ name: 'Big spenders' })
    const dead = [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }]
    sandbox.faults.add({ kind: 'reply', match: /^PATCH/, skip: 1, reply: { status: 401, body: dead } })
    const outcomes = audience && (await campaign?.add({ audience, records: people(600), signal: never }))
    expect(new Set(outcomes?.map(({ status }) => status))).toEqual(new Set(['applied']))
    expect(refreshes()).toBe(2)
  })

  it('many renewals in a row keep the chain of rotated tokens', async () => {
    const connection = openProcess('one')
    for (let round = 0; round < 5; round += 1) {
      await read(connection)
      sandbox.tokens.expireSessions()
    }
    expect(await read(openProcess('after a restart'))).toBe(0)
    expect(refreshes()).toBe(6)
  })

  it('trap 5: an org that answers 401 for ever ends in an error, not in a loop', async () => {
    const connection = openProcess('one')
    await read(connection)
    const dead = [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }]
    sandbox.faults.add({
      kind: 'reply',
      match: /services\/data/,
      times: 1000,
      reply: { status: 401, body: dead },
    })
    expect((await failure(read(connection))).code).toBe('platform.auth_expired')
    expect(refreshes()).toBeLessThan(5)
  })
})
