import { request } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { toCsrfToken } from '../../../hub-server/access/csrf-token.ts'
import { allContracts } from '../../../hub-server/api/contract/all-contracts.ts'
import { describeRoute } from '../../../hub-server/api/contract/describe-route.ts'
import { wire } from '../../../hub-server/api/contract/wire.ts'
import { defineRoute, defineStream } from '../../../hub-server/api/define-route.ts'
import { sha256 } from '../../../hub-server/store/sha256.ts'
import { aBrowser } from '../../support/a-browser.ts'
import { anAccessHub, localToken, password, type AccessHub } from '../../support/an-access-hub.ts'
import { reportFigure } from '../../support/report-figure.ts'

let hub: AccessHub
afterEach(() => hub.close())

/** Fields that decide who may do what: no body has them. */
const hiddenFields = [
  'created_by',
  'approved_by',
  'password',
  'password_hash',
  'is_admin',
  'permissions',
  'tenant_id',
  '__proto__',
  'constructor',
]

describe('X04: what a request may not say', () => {
  it('X04: no route takes a field that its contract does not name', async (context) => {
    const wide = { perSecond: 1e6, burst: 1e6, heavyEach: 1e3, heavyAll: 1e3 }
    hub = await anAccessHub({
      onlyRoutes: true,
      // Whatever gets as far as the handler was accepted.
      routes: allContracts.map((contract) =>
        defineRoute({ ...contract, mode: 'answer' }, () =>
          Promise.reject(new AffluentError('usage.file_exists')),
        ),
      ),
      gate: { limits: wide },
    })
    const accepted: string[] = []
    let [tried, sane] = [0, 0]
    for (const { method, path, hasBody, example, ifMatch } of allContracts.filter(
      (contract) => contract.hasBody,
    )) {
      expect(hasBody).toBe(true)
      const address = path.replace(/\{(\w+)\}/g, (_all, name: string) => example.params?.[name] ?? 'x')
      const send = async (text: string): Promise<number> => {
        tried += 1
        const { status } = await hub.call(address, {
          method,
          headers: {
            authorization: `Bearer ${localToken}`,
            'content-type': 'application/json',
            'idempotency-key': `fields-key-${tried}`,
            ...(ifMatch && { 'if-match': '"x"' }),
          },
          body: text,
        })
        return status
      }
      const body = JSON.stringify(example.body ?? {})
      if ((await send(body)) === 409) sane += 1
      for (const field of hiddenFields) {
        const name = JSON.stringify(field)
        const more = body === '{}' ? `{${name}:{"x":1}}` : `${body.slice(0, -1)},${name}:{"x":1}}`
        const status = await send(more)
        if (status < 400 || status === 409 || status >= 500)
          accepted.push(`${method} ${path}: ${field} (${status})`)
      }
    }
    reportFigure(context, {
      check: 'X04',
      claim: 'hidden or read-only fields accepted in bodies',
      value: accepted.length,
      of: tried,
      target: '0',
    })
    expect(accepted).toEqual([])
    // The examples themselves fit, or nothing would be proven.
    expect(sane).toBeGreaterThan(10)
  })
})

const watch = describeRoute({
  name: 'test.watch',
  method: 'GET',
  path: '/v1/watch',
  permission: 'runs:approve',
  mode: 'stream',
  summary: 'Goes on for ever.',
  answer: wire<{ readonly number: number }>({ number: z.int() }),
  example: { answer: { number: 1 } },
})

describe('X05: a role that is taken away', () => {
  it('X05: ends what is open and refuses what comes next', async (context) => {
    // One item, then silence: an open stream that has nothing to say.
    const route = defineStream(watch, async function* ({ signal }) {
      yield { number: 1 }
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    })
    hub = await anAccessHub({ routes: [route], stillStreams: true })
    const grace = await hub.user('Grace', 'operator')
    const browser = aBrowser(hub.server.url)
    await browser.fill('/sign-in', '/sign-in', { name: 'Grace', password })
    const cookie = `affluent-session=${browser.cookies.get('affluent-session')}`
    const headers = { cookie, 'user-agent': 'Mozilla/5.0 (X11) Test/1' }
    const stream = openStream(`${hub.server.url}/v1/watch`, headers)
    expect(await stream.first).toContain('data: {"number":1}')

    const at = hub.clock.now()
    const body = { role: 'viewer' }
    const changed = await hub.call(`/v1/users/${grace.id}/role`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${localToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect(changed.status).toBe(200)
    const next = await browser.get('/v1/session')
    expect(next.status).toBe(401)
    const session = browser.cookies.get('affluent-session') ?? ''
    const unsafe = await browser.send('DELETE', '/v1/session', undefined, {
      'x-csrf-token': toCsrfToken(sha256(session)),
    })
    expect(unsafe.status).toBe(401)

    hub.clock.advance(2_000)
    await stream.ended
    const residualSeconds = (hub.clock.now() - at) / 1000
    reportFigure(context, {
      check: 'X05',
      claim: 'residual access of an open stream after a role was taken away',
      value: residualSeconds,
      unit: 's',
      target: '< 5',
    })
    expect(residualSeconds).toBeLessThan(5)
  })
})

interface OpenStream {
  readonly first: Promise<string>
  readonly ended: Promise<void>
}

function openStream(url: string, headers: Readonly<Record<string, string>>): OpenStream {
  const { promise: first, resolve: tellFirst } = Promise.withResolvers<string>()
  const { promise: ended, resolve: tellEnd } = Promise.withResolvers<void>()
  request(url, { headers, agent: false }, (answer) => {
    answer.on('data', (part: Buffer) => tellFirst(part.toString('utf8')))
    answer.once('close', () => tellEnd())
    answer.once('end', () => tellEnd())
  }).end()
  return { first, ended }
}
