import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { expect } from 'vitest'
import type { Connection } from '../../../core/connector/connector.ts'
import { connectionManifest } from '../../../core/manifest/manifest.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import { createAttemptLimit } from '../../../hub-server/access/attempt-limit.ts'
import { createAuthenticator } from '../../../hub-server/access/authenticator.ts'
import { createSessionBook } from '../../../hub-server/access/session-book.ts'
import { createCookieJar } from '../../../hub-server/http/session-cookie.ts'
import { beginAuthorization, type InstallPorts } from '../../../hub-server/install/authorize-connection.ts'
import { createInstallMount } from '../../../hub-server/install/install-routes.ts'
import { createTranslator } from '../../../hub-server/locales/translate.ts'
import { createSecretBox } from '../../../hub-server/secrets/secret-box.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { createConnections } from '../../../hub-server/worker/connections.ts'
import type { FixedClock } from '../../support/fixed-clock.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import type { InstallPlatform, InstallSandbox } from './install-platforms.ts'

/** The person at this machine. */
export const atThisMachine = { actor: 'cli:ada', userId: null }

/** A way through the platform, back to the door of the hub. */
export interface WayBack {
  readonly url: string
  readonly cookie: string
  /** Where the platform sends the browser. */
  readonly back: string
}

/** The pages of an install with the connections "crm" and "other" to a sandbox. */
export interface InstallHub<Sandbox extends InstallSandbox = InstallSandbox> {
  readonly sandbox: Sandbox
  readonly control: ControlStore
  readonly install: InstallPorts
  connect(name: string): Promise<Connection>
  /** Asks as a browser does, without following where it is sent. */
  get(url: string, cookie?: string): Promise<Response>
  /** The form of the page that a link opens. */
  pressContinue(url: string, cookie: string, token: string): Promise<Response>
  /** Opens a link as a browser does, up to the platform's answer. */
  goToPlatform(connection?: string): Promise<WayBack>
  close(): Promise<void>
}

export async function anInstallHub<Sandbox extends InstallSandbox>(
  { connector, start, config }: InstallPlatform<Sandbox>,
  clock: FixedClock,
): Promise<InstallHub<Sandbox>> {
  const control = await openControlStore(':memory:', clock)
  const sandbox = await start(clock)
  const manifests = ['crm', 'other'].map((name) =>
    connectionManifest.parse({
      kind: 'connection',
      version: 1,
      name,
      connector: connector.slug,
      config: config(sandbox.url),
    }),
  )
  const box = createSecretBox(new Uint8Array(32).fill(7))
  const connect = createConnections({
    manifests: new Map(manifests.map((manifest) => [manifest.name, manifest])),
    connectors: new Map([[connector.slug, connector]]),
    resolveConfig: async (given) => given,
    folder: '/nowhere',
    grants: { store: control, box, holder: 'test' },
    clock,
    random: () => 0,
    logger: silentLogger,
    signal: new AbortController().signal,
    pacing: false,
  })
  const app = express()
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const address = `http://127.0.0.1:${port}`
  const install = { control, box, connect, names: new Set(['crm', 'other']), address, clock }
  const cookies = createCookieJar(false)
  const shared = { control, sessions: createSessionBook(control, clock), cookies, clock }
  const authenticator = createAuthenticator({
    ...shared,
    localToken: undefined,
    localName: 'ada',
    publicOrigin: undefined,
  })
  const pages = { ...shared, authenticator, limit: createAttemptLimit(), oidc: undefined, callbackUrl: '' }
  createInstallMount({ pages, install: () => install }).mount(app, () => createTranslator('en'))
  const hub: InstallHub<Sandbox> = {
    sandbox,
    control,
    install,
    connect,
    get: (url, cookie) => fetch(url, { redirect: 'manual', headers: cookie === undefined ? {} : { cookie } }),
    pressContinue: (url, cookie, token) =>
      fetch(url, {
        method: 'POST',
        redirect: 'manual',
        headers: { ...(cookie !== '' && { cookie }), origin: address },
        body: new URLSearchParams({ csrf_token: token }),
      }),
    async goToPlatform(connection = 'crm') {
      const { url } = await beginAuthorization(install, connection, atThisMachine)
      const start = await hub.get(url)
      const cookie = cookieOf(start)
      const leaving = await hub.pressContinue(url, cookie, formTokenOf(await start.text()))
      expect(leaving.status).toBe(200)
      const there = await hub.get(refreshOf(leaving))
      return { url, cookie, back: there.headers.get('location') ?? '' }
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await sandbox.close()
      await control.close()
    },
  }
  return hub
}

/** The cookie that an answer sets. */
export const cookieOf = (response: Response): string =>
  (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''

/** The token in the form of a page. */
export const formTokenOf = (page: string): string => /name="csrf_token" value="(\w+)"/.exec(page)?.[1] ?? ''

/** Where a page sends the browser by itself. */
export const refreshOf = (response: Response): string =>
  (response.headers.get('refresh') ?? '').replace('0; url=', '')
