import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readClientAddress } from '../../../hub-server/http/client-address.ts'
import type { BesideMount } from '../../../hub-server/http/create-app.ts'
import { noTrustedProxies, parseTrustedProxies } from '../../../hub-server/http/trusted-proxies.ts'
import { createProxyWatch, readProxyNote } from '../../../hub-server/operation/proxy-watch.ts'
import { aBrowser } from '../../support/a-browser.ts'
import { anAccessHub, type AccessHub } from '../../support/an-access-hub.ts'
import { reportFigure } from '../../support/report-figure.ts'

/** Tells where a request is taken to come from. */
const echo: BesideMount = {
  name: 'own',
  routes: [{ method: 'GET', path: '/echo', proof: 'open', summary: 'Tells where a request came from.' }],
  mount: (app) =>
    void app.get('/echo', (request, response) => void response.json(readClientAddress(request))),
}

interface Behind {
  /** As in AFFLUENT_TRUSTED_PROXIES; the caller is always this machine. */
  readonly trusted?: string
  readonly publicUrl?: string
  readonly onUntrusted?: () => void
}

async function aHubBehind({
  trusted = '',
  publicUrl,
  onUntrusted = () => undefined,
}: Behind): Promise<AccessHub> {
  const proxies = { trusted: parseTrustedProxies(trusted) ?? noTrustedProxies, onUntrusted }
  const hub = await anAccessHub({ app: { proxies, publicUrl, beside: [echo] } })
  onTestFinished(() => hub.close())
  return hub
}

const forwarded = (hops: string): Readonly<Record<string, string>> => ({ 'x-forwarded-for': hops })

const guess = async (hub: AccessHub, from: string): Promise<number> =>
  (await hub.call('/join/guessed', { headers: forwarded(from) })).status

/** What proxies send, and the address that counts. */
const chains: readonly (readonly [trusted: string, hops: string, address: string])[] = [
  ['', '203.0.113.7', '127.0.0.1'],
  ['10.0.0.0/8', '203.0.113.7', '127.0.0.1'],
  ['127.0.0.1', '203.0.113.7', '203.0.113.7'],
  // What the caller wrote stands left of what the proxy saw.
  ['127.0.0.1', '198.51.100.1, 203.0.113.7', '203.0.113.7'],
  ['127.0.0.1', '127.0.0.1, 203.0.113.7', '203.0.113.7'],
  ['127.0.0.1, 10.1.0.0/16', '198.51.100.1, 203.0.113.7, 10.1.2.3', '203.0.113.7'],
  ['127.0.0.1, 10.1.0.0/16', '198.51.100.1, 203.0.113.7, 10.2.2.3', '10.2.2.3'],
  ['127.0.0.1', '2001:db8::1', '2001:db8::1'],
  ['127.0.0.0/8, fd00::/8', '2001:db8::1, fd00::7', '2001:db8::1'],
  ['127.0.0.1', '203.0.113.7:4711', '203.0.113.7'],
  ['127.0.0.1', '[2001:db8::1]:4711', '2001:db8::1'],
  ['127.0.0.1', '::ffff:203.0.113.7', '203.0.113.7'],
  // No address at all: everybody behind the proxy counts as the proxy, as without the header.
  ['127.0.0.1', 'unknown', '127.0.0.1'],
  ['127.0.0.1', '203.0.113.7, _hidden', '127.0.0.1'],
  ['127.0.0.1', '', '127.0.0.1'],
]

describe('X48: where a request came from', () => {
  it('X48: is told by trusted proxies alone, and the right-most hop that none of them is counts', async (context) => {
    const wrong: string[] = []
    for (const trusted of new Set(chains.map(([list]) => list))) {
      const hub = await aHubBehind({ trusted })
      for (const [, hops, address] of chains.filter(([list]) => list === trusted)) {
        const { json } = await hub.call('/echo', {
          headers: { ...forwarded(hops), forwarded: 'for=192.0.2.9' },
        })
        if (json !== address) wrong.push(`${trusted} | ${hops} → ${String(json)}`)
      }
    }
    reportFigure(context, {
      check: 'X48',
      claim: 'chains of proxies of which another hop than the right-most untrusted one counted',
      value: wrong.length,
      of: chains.length,
      target: '0',
    })
    expect(wrong).toEqual([])
  })

  it('a forged header gives nobody new attempts, and behind a trusted proxy each caller has their own', async () => {
    const open = await aHubBehind({})
    for (let attempt = 0; attempt < 50; attempt += 1)
      expect(await guess(open, `203.0.113.${attempt}`)).not.toBe(429)
    expect(await guess(open, '198.51.100.1')).toBe(429)

    const behind = await aHubBehind({ trusted: '127.0.0.1' })
    for (let attempt = 0; attempt < 50; attempt += 1)
      expect(await guess(behind, `198.51.100.${attempt}, 203.0.113.7`)).not.toBe(429)
    expect(await guess(behind, '198.51.100.99, 203.0.113.7')).toBe(429)
    expect(await guess(behind, '203.0.113.8')).not.toBe(429)
  })

  it('the audit log keeps the network of who was refused, and no address', async () => {
    const hub = await aHubBehind({ trusted: '127.0.0.1' })
    const browser = aBrowser(hub.server.url)
    const { text } = await browser.get('/sign-in')
    const csrf = /name="csrf_token" value="([^"]*)"/.exec(text)?.[1] ?? ''
    const typed = { csrf_token: csrf, name: 'Eve', password: 'wrong horse battery' }
    for (const from of ['203.0.113.7', '2001:db8:1:2::3'])
      await browser.post('/sign-in', typed, forwarded(from))
    const entries = await hub.control.auditEntries()
    expect(entries.map(({ action, details }) => [action, details])).toEqual([
      ['sign_in_refused', { network: '203.0.113.0/24' }],
      ['sign_in_refused', { network: '2001:db8:1::/48' }],
    ])
  })
})

describe('whether a request came over TLS', () => {
  const plain = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'http' }

  it('is told by trusted proxies alone; what came to them in the clear is refused where the hub’s address is https', async () => {
    const behind = await aHubBehind({ trusted: '127.0.0.1', publicUrl: 'https://hub.example.com' })
    const host = 'hub.example.com'
    const refused = await behind.call('/echo', { headers: { host, ...plain } })
    expect([refused.status, refused.json]).toEqual([403, expect.objectContaining({ code: 'api.tls_needed' })])
    const fits = await behind.call('/echo', { headers: { host, ...plain, 'x-forwarded-proto': 'https' } })
    expect([fits.status, fits.headers['strict-transport-security']]).toEqual([200, 'max-age=31536000'])
    // A probe of the machine itself says nothing of its way.
    expect((await behind.call('/livez')).status).toBe(200)
  })

  it('is not asked of whom nobody trusts, nor where the hub’s address is no https one', async () => {
    const open = await aHubBehind({ publicUrl: 'https://hub.example.com' })
    expect((await open.call('/echo', { headers: plain })).status).toBe(200)
    const here = await aHubBehind({ trusted: '127.0.0.1' })
    const { status, headers } = await here.call('/echo', { headers: plain })
    expect([status, headers['strict-transport-security']]).toEqual([200, undefined])
  })
})

describe('a proxy that nobody named', () => {
  it('is kept for doctor, until the next start', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'affluent-proxy-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const file = join(folder, 'proxy-note.json')
    const watch = createProxyWatch(file)
    const behind = await aHubBehind({ trusted: '127.0.0.1', onUntrusted: () => expect.unreachable() })
    await behind.call('/echo', { headers: forwarded('203.0.113.7') })
    const seen: string[] = []
    const hub = await anAccessHub({
      app: {
        proxies: {
          trusted: noTrustedProxies,
          onUntrusted(request) {
            seen.push(request.socket.remoteAddress ?? '')
            watch(request)
          },
        },
      },
    })
    onTestFinished(() => hub.close())
    await hub.call('/livez')
    expect([seen, readProxyNote(file)]).toEqual([[], undefined])
    await hub.call('/livez', { headers: forwarded('203.0.113.7') })
    expect([seen, readProxyNote(file)]).toEqual([['127.0.0.1'], '127.0.0.1'])
    createProxyWatch(file)
    expect(readProxyNote(file)).toBeUndefined()
  })

  it.each(['proxy.internal', '0.0.0.0/0', '::/0', '10.0.0.1/33', '10.0.0.1;10.0.0.2', '*'])(
    'cannot be trusted as "%s"',
    (list) => expect(parseTrustedProxies(list)).toBeUndefined(),
  )
})
