import { randomBytes, randomUUID } from 'node:crypto'
import type { Role, User } from '../../core/port/access-store.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import { makeApiKey } from '../../hub-server/access/api-key-book.ts'
import type { OidcSettings } from '../../hub-server/access/oidc-settings.ts'
import { hashPassword } from '../../hub-server/access/password.ts'
import type { ApiKeyScope } from '../../hub-server/access/permissions.ts'
import type { Route } from '../../hub-server/api/define-route.ts'
import { createOperations } from '../../hub-server/api/operations.ts'
import { createApp, type App, type AppOptions } from '../../hub-server/http/create-app.ts'
import { readCredentials } from '../../hub-server/http/credentials.ts'
import type { RouteGate } from '../../hub-server/http/mount-routes.ts'
import { createSessionMount } from '../../hub-server/http/session-routes.ts'
import { startServer, type StartedServer } from '../../hub-server/http/start-server.ts'
import { systemClock } from '../../hub-server/net/system-clock.ts'
import { openAccess, type Access } from '../../hub-server/open-access.ts'
import {
  createApiKeyRoutes,
  createApprovalRoutes,
  createSessionRoutes,
  createUserRoutes,
} from '../../hub-server/routes/access-routes.ts'
import { createCursors } from '../../hub-server/routes/cursors.ts'
import { createSecretBox } from '../../hub-server/secrets/secret-box.ts'
import { openControlStore } from '../../hub-server/store/open-control-store.ts'
import { createFixedClock, type FixedClock } from './fixed-clock.ts'
import { httpRequest, type HttpAnswer, type HttpCall } from './http-request.ts'
import { silentLogger } from './silent-logger.ts'

/** What opens the API of tests as the person at this machine. */
export const localToken = 'local_0123456789abcdef0123456789abcdef0123456789a'

/** Of every user that tests make. */
export const password = 'correct horse battery'

/** Hashing takes its time by design: once is enough. */
const passwordHash = hashPassword(password)

export interface AccessHub {
  readonly control: ControlStore
  readonly clock: FixedClock
  readonly server: StartedServer
  readonly access: Access
  readonly app: App
  /** Makes somebody who can sign in by `password`. */
  user(name: string, role: Role): Promise<User>
  /** Makes a key of the person at this machine. */
  key(name: string, scopes: readonly ApiKeyScope[], days?: number): Promise<string>
  call(path: string, call?: HttpCall): Promise<HttpAnswer>
  close(): Promise<void>
}

export interface AccessHubSettings {
  readonly oidc?: OidcSettings
  readonly routes?: readonly Route[]
  /** Default: the routes of access. */
  readonly onlyRoutes?: boolean
  /** Port the hub is told it listens at, for the call-back of single sign-on. */
  readonly port?: number
  readonly gate?: Partial<RouteGate>
  /** What else the application is made with. */
  readonly app?: Partial<AppOptions>
  /** Open answers are kept by the clock that stands still. */
  readonly stillStreams?: boolean
}

/** Everything about access over a real server and a real store in memory, at a clock that stands still. */
export async function anAccessHub(settings: AccessHubSettings = {}): Promise<AccessHub> {
  const clock = createFixedClock('2026-11-22T08:00:00Z')
  const control = await openControlStore(':memory:', clock)
  const [host, port] = ['127.0.0.1', settings.port ?? 0]
  const access = await openAccess(
    { control, folder: '.' },
    { localToken, host, port, publicUrl: undefined, oidc: settings.oidc, env: {}, clock },
  )
  const ports = { control, clock }
  const sealer = createSecretBox(randomBytes(32))
  const operations = createOperations({ store: control, sealer, newId: randomUUID, clock: systemClock })
  const { authenticator } = access
  const own = [
    ...createUserRoutes(ports, () => undefined),
    ...createApiKeyRoutes(ports),
    ...createSessionRoutes(ports),
    ...createApprovalRoutes(ports, createCursors(randomBytes(32))),
  ]
  const app = createApp({
    routes: [...(settings.onlyRoutes ? [] : own), ...(settings.routes ?? [])],
    gate: {
      authenticate: (request) => authenticator.authenticate(readCredentials(request)),
      isInForce: (principal) => authenticator.isInForce(principal),
      requests: control,
      operations,
      sealer,
      clock: settings.stillStreams ? clock : systemClock,
      ...settings.gate,
    },
    readiness: [],
    host,
    webhooks: undefined,
    logger: silentLogger,
    ...settings.app,
    beside: [createSessionMount(access.pages), ...(settings.app?.beside ?? [])],
  })
  const server = await startServer({ app, port, clock: systemClock })
  return {
    control,
    clock,
    server,
    access,
    app,
    user: (name, role) => makeUser(control, clock, name, role),
    async key(name, scopes, days = 90) {
      const { key } = await makeApiKey(ports, { kind: 'local', name: 'ada' }, { name, scopes, days })
      return key
    },
    call: (path, call) => httpRequest(`${server.url}${path}`, call),
    async close() {
      await server.close()
      await operations.close()
      await control.close()
    },
  }
}

/** Makes somebody who can sign in by `password`. */
export async function makeUser(
  control: ControlStore,
  clock: Pick<FixedClock, 'now'>,
  name: string,
  role: Role,
): Promise<User> {
  const at = clock.now()
  const user: User = {
    id: randomUUID(),
    name,
    role,
    email: null,
    state: 'active',
    identity: null,
    createdAt: at,
    createdBy: 'test',
  }
  const fact = { at, actor: 'test', action: 'user_invited', object: `user/${name}`, details: {} }
  await control.createUser(user, { fact, password: await passwordHash })
  return user
}
