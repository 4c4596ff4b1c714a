import { randomBytes } from 'node:crypto'
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
import { createCredentialsKeeper } from '../../../hub-server/net/credentials-keeper.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { createSecretBox } from '../../../hub-server/secrets/secret-box.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { openGrantedConnection } from '../../support/granted-connection.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { startProcess, type StartedProcess } from '../../support/start-process.ts'

const { signal } = new AbortController()
const fields = ['Email']

// Salesforce: its refresh tokens rotate, and one that comes a second time ends the access of all.
let folder: string
let sandbox: SalesforceSandbox
let order: Record<string, unknown>
let config: Record<string, string>
let opened: { close(): Promise<void> }[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-renewing-'))
  sandbox = await startSalesforceSandbox({ clock: systemClock, limits: 'off' })
  opened = [sandbox]
  sandbox.org.insert('Contact', { LastName: 'L', Email: 'l@example.com' })
  config = {
    login_url: sandbox.url,
    client_id: 'consumer-key',
    client_secret: 'consumer-secret',
    refresh_token: sandbox.tokens.authorise(),
  }
  order = { connector: 'salesforce', config, stream: 'contacts', fields, folder }
})
afterEach(async () => {
  for (const each of opened.toReversed()) await each.close()
  await rm(folder, { recursive: true })
})

async function openStore(clock: Clock): Promise<ControlStore> {
  const store = await openControlStore(join(folder, 'control.sqlite'), clock)
  opened.push(store)
  return store
}

const openHere = (store: ControlStore, clock: Clock): Promise<Connection> =>
  openGrantedConnection({ connector: salesforceConnector, config, store, holder: 'here', clock })

async function startReading(more: object): Promise<StartedProcess> {
  const child = startProcess('read-connection.ts', JSON.stringify({ ...order, ...more }))
  expect(await child.line()).toBe('ready')
  return child
}

async function read(connection: Connection): Promise<void> {
  for await (const page of connection.source('contacts')?.read({ cursor: null, fields, signal }) ?? [])
    expect(page.records).toHaveLength(1)
}

const renewals = () => sandbox.requests.filter(({ path }) => path.endsWith('/token'))

describe('access that several processes renew', () => {
  it('N21: fifty readers in two processes that meet the end of a rotating token cost one refresh, and no access is revoked', async (context) => {
    const connection = await openHere(await openStore(systemClock), systemClock)
    await read(connection)
    const processes = await Promise.all([startReading({ readers: 25 }), startReading({ readers: 25 })])
    sandbox.tokens.expireSessions()
    const before = renewals().length
    for (const each of processes) each.signal('SIGUSR2')
    for (const each of processes) expect(await each.line()).toBe('done')
    const cost = renewals().length - before
    // With the token of the others; were their family of tokens revoked, nobody could renew any more.
    await read(connection)
    sandbox.tokens.expireSessions()
    await read(connection)
    const revoked = renewals().filter(({ status }) => status !== 200).length
    const when = 'of 50 readers in two processes that met the end of a rotating token together'
    reportFigure(context, { check: 'N21', claim: `refreshes ${when}`, value: cost, target: '1' })
    reportFigure(context, {
      check: 'N21',
      claim: `refreshes refused or accesses revoked ${when}`,
      value: revoked,
      target: '0',
    })
    expect([cost, revoked]).toEqual([1, 0])
    for (const each of processes) expect(await each.exitCode()).toBe(0)
  })

  it('N22: a process that is killed before it kept a rotated token leaves a connection that asks for a person, and no loop', async (context) => {
    const child = await startReading({ diesBeforeStoring: true, readers: 1 })
    child.signal('SIGUSR2')
    expect(await child.exitCode()).toBeNull()
    expect(renewals().map(({ status }) => status)).toEqual([200])
    // The lease that it held ends by this clock at once.
    const later = createFixedClock(Date.now(), { autoAdvance: true })
    const connection = await openHere(await openStore(later), later)
    const attempts = 5
    for (let attempt = 0; attempt < attempts; attempt += 1)
      await expect(read(connection)).rejects.toMatchObject({ code: 'platform.auth_expired' })
    const asked = renewals().length - 1
    reportFigure(context, {
      check: 'N22',
      claim: 'questions of a token that is lost, for each time access is wanted',
      value: asked / attempts,
      target: '1: each is answered "reconnect", nothing goes round',
    })
    expect(asked).toBe(attempts)
  })

  it('N22: a rotated token is exposed from the platform’s answer to its flush to the disk', async (context) => {
    const store = await openStore(systemClock)
    let answeredAt = 0
    const exposed: number[] = []
    const keeper = createCredentialsKeeper({
      connection: 'crm',
      async obtain() {
        answeredAt = performance.now()
        const token = randomBytes(100).toString('hex')
        return { accessToken: token, refreshToken: token, expiresAt: null, facts: {} }
      },
      store: {
        grant: (connection) => store.grant(connection),
        leaseGrant: (...lease) => store.leaseGrant(...lease),
        releaseGrant: (...lease) => store.releaseGrant(...lease),
        async writeGrant(...grant) {
          const isWritten = await store.writeGrant(...grant)
          exposed.push(performance.now() - answeredAt)
          return isWritten
        },
      },
      box: createSecretBox(new Uint8Array(32).fill(7)),
      clock: systemClock,
      signal,
      holder: 'here',
    })
    const rounds = 100
    for (let round = 0; round < rounds; round += 1) await keeper.renew((await keeper.current()).accessToken)
    const sorted = exposed.toSorted((left, right) => left - right)
    const claim = 'time in which a kill loses a rotated token'
    const figures = [
      ['median', sorted[rounds / 2]],
      ['longest', sorted.at(-1)],
    ] as const
    for (const [which, value = 0] of figures)
      reportFigure(context, {
        check: 'N22',
        claim: `${claim}, ${which} of ${sorted.length}`,
        value,
        unit: 'ms',
        target: 'told',
      })
    // One when it was first asked for, one for each renewal.
    expect(sorted).toHaveLength(rounds + 1)
  })
})
