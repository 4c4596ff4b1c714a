import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { roles } from '../../../core/port/access-store.ts'
import { endApiKey } from '../../../hub-server/access/api-key-book.ts'
import { toCsrfToken } from '../../../hub-server/access/csrf-token.ts'
import { apiKeyScopes, permissionNames } from '../../../hub-server/access/permissions.ts'
import { allContracts } from '../../../hub-server/api/contract/all-contracts.ts'
import type { AnyRouteContract } from '../../../hub-server/api/contract/describe-route.ts'
import { sessionRoutes } from '../../../hub-server/http/session-routes.ts'
import { sha256 } from '../../../hub-server/store/sha256.ts'
import { aBrowser } from '../../support/a-browser.ts'
import { anAccessHub, localToken, password, type AccessHub } from '../../support/an-access-hub.ts'
import { httpRequest } from '../../support/http-request.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { examplePath, stubRoute } from '../../support/stub-route.ts'

/** Open to everybody: they tell and do nothing of value. */
const healthPath = /^\/(?:livez|readyz|startupz)(?:\/\w+)?$/

const tableFile = './authorisation-table.txt'

interface Caller {
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
}

const userAgent = 'Mozilla/5.0 (X11) Test/1'
let hub: AccessHub
const callers: Caller[] = []

async function signIn(name: string): Promise<Caller> {
  const browser = aBrowser(hub.server.url, userAgent)
  await browser.fill('/sign-in', '/sign-in', { name, password })
  const token = browser.cookies.get('affluent-session') ?? ''
  const headers = {
    'user-agent': userAgent,
    cookie: `affluent-session=${token}`,
    'x-csrf-token': toCsrfToken(sha256(token)),
    origin: hub.server.url,
  }
  return { name, headers }
}

const bearer = (name: string, token: string): Caller => ({
  name,
  headers: { authorization: `Bearer ${token}` },
})

const fact = { at: 0, actor: 'test', action: 'test', object: 'test', details: {} }

/** People and keys that have no access any more, each in the way it was lost. */
async function makeLostCallers(): Promise<Caller[]> {
  const idle = await hub.user('idle', 'admin').then(() => signIn('idle'))
  const expiredKey = await hub.key('expired', apiKeyScopes, 1)
  hub.clock.advance(86_400_000)
  const removed = await hub.user('removed', 'admin')
  const lost = [idle, bearer('expired key', expiredKey), await signIn('removed')]
  await hub.control.changeUser(removed.id, { state: 'removed' }, { fact })
  const demoted = await hub.user('demoted', 'admin')
  lost.push(await signIn('demoted'))
  await hub.control.changeUser(demoted.id, { role: 'viewer' }, { fact })
  const revoked = await hub.key('revoked', apiKeyScopes)
  const id = (await hub.control.apiKeys()).find(({ name }) => name === 'revoked')?.id ?? ''
  await endApiKey(hub, { kind: 'local', name: 'ada' }, id)
  return [
    ...lost,
    bearer('revoked key', revoked),
    bearer('wrong key', 'ak_wrong'),
    bearer('wrong token', 'x'),
  ]
}

beforeAll(async () => {
  const wide = { perSecond: 1e6, burst: 1e6, heavyEach: 1e3, heavyAll: 1e3 }
  hub = await anAccessHub({
    onlyRoutes: true,
    routes: allContracts.map(stubRoute),
    gate: { limits: wide },
  })
  const lost = await makeLostCallers()
  callers.push({ name: 'anonymous', headers: {} }, ...lost)
  for (const role of roles) {
    await hub.user(role, role)
    callers.push(await signIn(role))
  }
  callers.push(bearer('local', localToken))
  for (const scope of apiKeyScopes)
    callers.push(bearer(`key ${scope}`, await hub.key(scope.replace(':', ' '), [scope])))
})
afterAll(() => hub.close())

let numberOfKey = 0

/** What the gate says: past it, nobody is there, or may not. */
async function cellOf(
  contract: AnyRouteContract,
  { headers }: Caller,
): Promise<'allowed' | 'unknown' | 'refused'> {
  numberOfKey += 1
  const { status } = await httpRequest(`${hub.server.url}${examplePath(contract)}`, {
    method: contract.method,
    headers: { ...headers, 'idempotency-key': `matrix-key-${numberOfKey}` },
  })
  if (status === 401) return 'unknown'
  return status === 403 ? 'refused' : 'allowed'
}

describe('X01: who may call what', () => {
  it('X01: every route answers every kind of caller as the reviewed table says', async (context) => {
    const rows: string[] = []
    let cells = 0
    const wrong: string[] = []
    for (const contract of allContracts) {
      const found = await Promise.all(callers.map((caller) => cellOf(contract, caller)))
      cells += found.length
      const allowed = callers.filter((_caller, index) => found[index] === 'allowed').map(({ name }) => name)
      const needs = contract.recentProof ? `${contract.permission}, recent proof` : contract.permission
      rows.push(`${contract.method} ${contract.path} (${needs}): ${allowed.join(', ')}`)
    }
    for (const row of rows)
      if (
        /anonymous|idle|removed|demoted|expired|revoked|wrong/.test(
          row
            .split(': ')
            .slice(1)
            .join(': ')
            .replaceAll(/key [\w:]+/g, ''),
        )
      )
        wrong.push(row)
    const table = `${rows.sort().join('\n')}\n`
    reportFigure(context, {
      check: 'X01',
      claim: `rows of the authorisation table that let in who has no access (${allContracts.length} routes × ${callers.length} callers = ${cells} cells, each as reviewed)`,
      value: wrong.length,
      of: rows.length,
      target: '0',
    })
    expect(wrong).toEqual([])
    await expect(table).toMatchFileSnapshot(tableFile)
  })

  it('X01: no route of the application lacks a declared permission or proof', (context) => {
    const declared = new Set<string>(
      [...allContracts, ...sessionRoutes].map(({ path }) => path.replace(/\{(\w+)\}/g, ':$1')),
    )
    for (const contract of allContracts) expect(permissionNames).toContain(contract.permission)
    const stack: { route?: { path: string | readonly string[] } }[] = hub.app.express.router.stack
    const mounted = stack.flatMap(({ route }) => (route ? [route.path].flat() : []))
    const undeclared = mounted.filter((path) => !declared.has(path) && !healthPath.test(path))
    reportFigure(context, {
      check: 'X01',
      claim: 'mounted paths without a declared permission or proof',
      value: undeclared.length,
      of: new Set(mounted).size,
      target: '0',
    })
    expect(mounted.length).toBeGreaterThan(allContracts.length)
    expect(undeclared).toEqual([])
  })
})
