import { once } from 'node:events'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { fetch, type RequestInit } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startSandboxServer, type SandboxServer } from '../../../connectors/sandbox-kit/sandbox-server.ts'
import { noPrivateNetworks, parsePrivateNetworks } from '../../../core/network/private-networks.ts'
import type { ResolveName } from '../../../hub-server/net/guarded-connector.ts'
import { createGuardedDispatcher } from '../../../hub-server/net/guarded-dispatcher.ts'
import { RefusedTarget } from '../../../hub-server/net/refused-target.ts'
import { startConnectionCounter } from '../../support/connection-counter.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { selfSigned } from '../../support/self-signed.ts'
import { aManifestFaultOf, forbiddenForms, isOpenName } from './forbidden-forms.ts'

/** A name server that says of every name that it is this machine. */
const everythingIsHere: ResolveName = async () => [{ address: '127.0.0.1', family: 4 }]

const metadata: ResolveName = async () => [{ address: '169.254.169.254', family: 4 }]

interface Way {
  /** As in AFFLUENT_PRIVATE_NETWORKS. */
  readonly networks?: string
  readonly resolve?: ResolveName
}

/** Asks an address by the hub's way out; the name of what was thrown, or the status. */
function createAsk({ networks: list = '', resolve = everythingIsHere }: Way) {
  const networks = parsePrivateNetworks(list) ?? noPrivateNetworks
  const dispatcher = createGuardedDispatcher({ networks, resolve })
  onTestFinished(() => dispatcher.close())
  return async (address: string, init: RequestInit = {}): Promise<string | number> => {
    try {
      return (await fetch(address, { ...init, dispatcher })).status
    } catch (thrown) {
      const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
      return cause instanceof RefusedTarget ? cause.reason : String(cause)
    }
  }
}

describe('where the hub connects to', () => {
  it('X20: 60 address forms are refused before connecting, and by validate', async (context) => {
    await using here = await startConnectionCounter()
    await using hereToo = await startConnectionCounter('::1', here.port).catch(() => startConnectionCounter())
    const ask = createAsk({})
    const answers = await Promise.all(forbiddenForms(here.port).map(async (form) => [form, await ask(form)]))
    // What holds its own answer is read without asking anybody.
    expect(answers.filter(([, answer]) => typeof answer === 'number').map(([form]) => form)).toEqual([
      'data:application/json,{}',
    ])
    // What looks as a platform's address is judged at the moment of connecting; all others before anybody asks for them.
    const [open, readable] = [isOpenName, (form: string) => !isOpenName(form)].map((fits) =>
      answers.filter(([form]) => fits(String(form))),
    )
    const passed: string[] = []
    for (const [form] of readable ?? [])
      if ((await aManifestFaultOf(String(form))) === undefined) passed.push(String(form))
    const connected = here.connections + hereToo.connections
    reportFigure(context, {
      check: 'X20',
      claim: 'address forms connected to',
      value: connected,
      of: answers.length,
      target: '0',
    })
    reportFigure(context, {
      check: 'X20',
      claim: 'address forms that validate refuses',
      value: (readable?.length ?? 0) - passed.length,
      of: readable?.length ?? 0,
      target: 'all',
    })
    expect(answers.length).toBeGreaterThanOrEqual(60)
    expect(connected).toBe(0)
    expect(passed).toEqual([])
    expect(open).toEqual([['https://rebound.example.com/', 'private_address']])
  })

  it('the listener would have seen a connection: one that is allowed reaches it', async () => {
    await using here = await startConnectionCounter()
    await createAsk({ networks: '127.0.0.1' })(`http://127.0.0.1:${here.port}/`)
    expect(here.connections).toBe(1)
  })

  it('an allowance by name or network lets nothing else through', async () => {
    await using here = await startConnectionCounter()
    const named = createAsk({ networks: `crm.corp.example:${here.port}` })
    await named(`http://crm.corp.example:${here.port}/`)
    expect(here.connections).toBe(1)
    expect(await named(`http://other.corp.example:${here.port}/`)).toBe('scheme')
    expect(await named(`http://crm.corp.example:${here.port + 1}/`)).toBe('scheme')
    const lured = createAsk({ networks: 'crm.corp.example', resolve: metadata })
    expect(await lured('http://crm.corp.example/')).toBe('forbidden_address')
    expect(here.connections).toBe(1)
  })

  it('X21: a name is judged by every address it has at the moment of connecting', async (context) => {
    await using allowed = await startConnectionCounter('127.0.0.2', 8443)
    await using forbidden = await startConnectionCounter('127.0.0.1', 8443)
    const onlySecond = '127.0.0.2'
    const [first, second] = ['127.0.0.2', '127.0.0.1']
    let asked = 0
    const rebinding: ResolveName = async () => {
      asked += 1
      return [{ address: asked === 1 ? first : second, family: 4 }]
    }
    const ask = createAsk({ networks: onlySecond, resolve: rebinding })
    await ask('https://rebind.example.com:8443/')
    expect([asked, allowed.connections]).toEqual([1, allowed.port === 8443 ? 1 : 0])
    expect(await ask('https://rebind.example.com:8443/')).toBe('private_address')
    const mixtures = [
      [first, second],
      [second, first],
      ['93.184.215.14', second],
      [second, '93.184.215.14'],
      ['93.184.215.14', '::1'],
      ['93.184.215.14', '::ffff:127.0.0.1'],
      ['93.184.215.14', '169.254.169.254'],
      ['2606:2800:21f:cb07:6820:80da:af6b:8b2c', 'fe80::1'],
    ]
    for (const addresses of mixtures) {
      const resolve: ResolveName = async () =>
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
      const answer = await createAsk({ networks: onlySecond, resolve })('https://mixed.example.com:8443/')
      expect([addresses, answer]).toEqual([addresses, expect.stringMatching(/^(private|forbidden)_address$/)])
    }
    reportFigure(context, {
      check: 'X21',
      claim: 'connections to an address that a name was rebound or mixed to',
      value: forbidden.connections,
      of: mixtures.length + 1,
      target: '0',
    })
    expect(forbidden.connections).toBe(0)
  })

  it('X22: no redirect is followed, and no Authorization header goes elsewhere', async (context) => {
    await using forbidden = await startConnectionCounter('127.0.0.2')
    const seen: Readonly<Record<string, string>>[] = []
    const other = await sandbox('/elsewhere', ({ headers }) => {
      seen.push(headers)
      return { status: 200, body: {} }
    })
    const targets = [
      `http://127.0.0.2:${forbidden.port}/`,
      'http://169.254.169.254/latest/meta-data/',
      `${other.url}/elsewhere`,
      `http://user@127.0.0.2:${forbidden.port}/`,
      `//127.0.0.2:${forbidden.port}/`,
      'file:///etc/passwd',
    ]
    const statuses = [301, 302, 303, 307, 308]
    let tried = 0
    const ask = createAsk({ networks: '127.0.0.1' })
    for (const location of targets)
      for (const status of statuses) {
        const from = await sandbox('/', () => ({ status, headers: { location }, body: '' }))
        for (const init of [{ method: 'GET' }, { method: 'POST', body: '{}' }] as const) {
          tried += 1
          const headers = { authorization: 'Bearer secret', 'x-api-key': 'secret' }
          expect(await ask(`${from.url}/`, { ...init, headers })).toBe(status)
        }
        expect(from.requests).toHaveLength(2)
      }
    reportFigure(context, {
      check: 'X22',
      claim: 'requests that a redirect carried elsewhere',
      value: forbidden.connections + seen.length,
      of: tried,
      target: '0',
    })
    expect([forbidden.connections, seen]).toEqual([0, []])
  })

  it('checks certificates, whatever the environment says', async () => {
    const server = createTlsServer(selfSigned, (_request, response) => response.end('{}')).listen(
      0,
      '127.0.0.1',
    )
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    onTestFinished(() => {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before
    })
    const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
    expect(await createAsk({ networks: '127.0.0.1' })(address)).toMatch(/self-signed certificate/)
    await fetch(address).then((answer) => answer.text())
  })
})

async function sandbox(
  path: string,
  answer: Parameters<typeof startSandboxServer>[0]['routes'][number]['answer'],
): Promise<SandboxServer> {
  const pattern = new RegExp(`^${path}$`)
  const server = await startSandboxServer({
    clock: createFixedClock(0),
    routes: ['GET', 'POST'].map((method) => ({ method, pattern, answer })),
  })
  onTestFinished(() => server.close())
  return server
}
