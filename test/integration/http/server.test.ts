import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { errorCodes, type ErrorCode } from '../../../core/errors/error-codes.ts'
import { allContracts } from '../../../hub-server/api/contract/all-contracts.ts'
import { problemContract } from '../../../hub-server/api/contract/problem.ts'
import { localToken } from '../../support/a-gate.ts'
import { httpRequest } from '../../support/http-request.ts'
import { anApi, type ApiSettings, type ApiUnderTest } from './an-api.ts'

let running: ApiUnderTest[] = []
afterEach(async () => {
  for (const api of running) await api.close()
  running = []
})

async function start(settings?: ApiSettings): Promise<ApiUnderTest> {
  const api = await anApi(settings)
  running.push(api)
  return api
}

/** Sends bytes as they are, and resolves with what came back when the server closed the connection. */
async function rawExchange(url: string, ...parts: string[]): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let received = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    received += text
  })
  for (const part of parts) socket.write(part)
  await once(socket, 'close')
  return received
}

describe('errors of the API', () => {
  it('are problem documents in the reader’s language', async () => {
    const api = await start()
    const english = await api.get('/nothing')
    const french = await api.get('/nothing', { headers: { 'accept-language': 'de, fr;q=0.8, en;q=0.5' } })
    expect(english.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(problemContract.parse(english.json)).toMatchObject({
      type: 'urn:affluent:problem:api.route_unknown',
      title: 'there is nothing at this address',
      status: 404,
      instance: expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/) as string,
      code: 'api.route_unknown',
    })
    expect(problemContract.parse(french.json)).toMatchObject({ title: 'il n’y a rien à cette adresse' })
    expect([english.headers['content-language'], french.headers['content-language']]).toEqual(['en', 'fr'])
    expect(french.headers['vary']).toContain('Accept-Language')
  })

  it.each(Object.keys(errorCodes) as ErrorCode[])('never leak what %s carries', async (code) => {
    const secret = 'sk-live-51x'
    const params = {
      act: `reading ${secret}`,
      file: `/home/${secret}`,
      said: secret,
      // What the caller sent may be said back.
      ...(!/^(?:manifest|segment|trait|enrichment|identity|usage|connector)\./.test(code) && {
        key: secret,
        name: secret,
      }),
    }
    const cause = new Error(`SELECT ${secret} FROM audit_entry`)
    const api = await start({
      ports: { segmentSizes: () => Promise.reject(new AffluentError(code, params, { cause })) },
    })
    for (const language of ['en', 'fr']) {
      const answer = await api.get('/v1/segments', { headers: { 'accept-language': language } })
      expect(answer.status).toBe(errorCodes[code].http)
      expect(answer.text).not.toMatch(/sk-live|SELECT|\/home|\.ts\b|\\n| at \/(?!sign-in)/)
      expect(problemContract.parse(answer.json).title).not.toBe('')
    }
    expect(api.lines.join('')).not.toContain(secret)
  })

  it('say nothing of an exception nobody foresaw, but leave a trace to find it by', async () => {
    const api = await start({
      ports: { segmentSizes: () => Promise.reject(new TypeError('x of undefined at /srv/app.ts:12')) },
    })
    const problem = problemContract.parse((await api.get('/v1/segments')).json)
    expect(problem).toMatchObject({ status: 500, code: 'internal.unexpected' })
    expect(JSON.stringify(problem)).not.toContain('undefined')
    expect(api.lines.join('')).toContain(problem.instance.replace('urn:uuid:', ''))
  })

  it.each(['/v1/runs/%', '/v1/runs/%ff', '/v1/runs/%E0%A4%A'])(
    'answer 400 to the undecodable address %s',
    async (path) => {
      const api = await start()
      const answer = await api.get(path)
      expect(problemContract.parse(answer.json)).toMatchObject({ status: 400, code: 'api.invalid_request' })
    },
  )
})

describe('routes', () => {
  const routes = allContracts
    .filter(({ name }) => /^(?:runs\.(?:list|show|reasons)|syncs\.list|segments\.list)$/.test(name))
    .map(({ path }) => ({ path: path.replace('{id}', 'run-1') }))

  it.each(routes)('$path takes no other method than GET and HEAD', async ({ path }) => {
    const api = await start()
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
      const answer = await api.get(path, { method })
      expect([method, answer.status, answer.headers['allow']]).toEqual([method, 405, 'GET, HEAD'])
    }
    expect((await api.get(path, { method: 'HEAD' })).status).not.toBe(405)
  })

  it.each(routes)('$path needs somebody', async ({ path }) => {
    const api = await start()
    const wrong = [
      '',
      'Bearer',
      `Bearer ${localToken.slice(0, -1)}`,
      `Bearer ${localToken}x`,
      `Basic ${Buffer.from(`${localToken}:`).toString('base64')}`,
      localToken,
    ]
    for (const authorization of wrong) {
      const answer = await httpRequest(`${api.server.url}${path}`, {
        ...(authorization !== '' && { headers: { authorization } }),
      })
      expect([authorization, answer.status]).toEqual([authorization, 401])
      expect(answer.text).not.toContain(localToken.slice(0, 20))
    }
    expect((await api.get(path)).status).not.toBe(401)
  })

  it('names the scheme when the token is missing', async () => {
    const api = await start()
    const answer = await httpRequest(`${api.server.url}/v1/runs`)
    expect(answer.headers['www-authenticate']).toBe('Bearer')
  })

  it.each(['/v1/runs/', '/V1/runs', '/v1//runs', '/v1/runs/a/b', '/v2/runs'])(
    '%s is no address',
    async (path) => {
      const api = await start()
      expect((await api.get(path)).status).toBe(404)
    },
  )

  it('send the security headers with answers and errors alike', async () => {
    const api = await start()
    for (const path of ['/livez', '/nothing']) {
      const { headers } = await api.get(path)
      expect(headers).toMatchObject({
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      })
      expect(headers).not.toHaveProperty('x-powered-by')
      expect(headers).not.toHaveProperty('access-control-allow-origin')
    }
  })
})

describe('bodies', () => {
  it.each([
    ['small', '{}'],
    ['nested 100,000 levels deep', '['.repeat(100_000)],
  ])('are refused before they are read, a %s one too', async (_name, body) => {
    const api = await start()
    const headers = { 'content-type': 'application/json', 'content-length': String(body.length) }
    const answer = await api.get('/v1/runs', { headers, body })
    expect(answer.json).toMatchObject({ status: 413, code: 'api.body_too_large' })
  })

  it('are refused in chunks of unknown length', async () => {
    const api = await start()
    const received = await rawExchange(
      api.server.url,
      'GET /v1/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ' +
        localToken +
        '\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
    expect(received).toMatch(/^HTTP\/1\.1 413 /)
  })

  it('with two conflicting lengths never reach a route', async () => {
    const api = await start()
    const received = await rawExchange(
      api.server.url,
      'GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    )
    expect(received).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(received).not.toContain('live')
  })
})

describe('the Host header', () => {
  it.each([
    'attacker.example',
    '127.0.0.1.attacker.example',
    '10.0.0.1',
    'localhost.evil.test',
    '[::2]',
    '0.0.0.0',
  ])('%s is refused on a loopback address', async (host) => {
    const api = await start()
    expect((await api.get('/v1/runs', { headers: { host } })).json).toMatchObject({
      status: 421,
      code: 'api.host_refused',
    })
  })

  it('of the public address is answered, as the proxy in front hands it on, and no other', async () => {
    const api = await start({ publicUrl: 'https://hub.example.com' })
    expect((await api.get('/v1/runs', { headers: { host: 'hub.example.com' } })).status).toBe(200)
    for (const host of ['hub.example.com.evil.test', 'evil.hub.example.com', 'hub.example.com:8080'])
      expect((await api.get('/v1/runs', { headers: { host } })).status).toBe(421)
  })

  it.each(['localhost', 'LOCALHOST:4000', '127.0.0.1', '127.0.0.1:80', '[::1]:4000', '127.9.9.9'])(
    '%s is answered',
    async (host) => {
      const api = await start()
      expect((await api.get('/v1/runs', { headers: { host } })).status).toBe(200)
    },
  )

  it('may be any name when the server is meant to be reached by others', async () => {
    const api = await start({ host: '0.0.0.0' })
    const url = api.server.url.replace('0.0.0.0', '127.0.0.1')
    const headers = { host: 'hub.example.com', authorization: `Bearer ${localToken}` }
    expect((await httpRequest(`${url}/v1/runs`, { headers })).status).toBe(200)
  })
})

describe('startServer', () => {
  it('says that the port is taken', async () => {
    const api = await start()
    const port = Number(new URL(api.server.url).port)
    await expect(anApi({ port })).rejects.toMatchObject({
      code: 'server.address_in_use',
      params: { port },
    })
  })

  it('drops idle connections', async () => {
    const api = await start({ limits: { keepAliveMs: 100 } })
    const received = await rawExchange(api.server.url, 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect(received).toMatch(/^HTTP\/1\.1 200 /)
  })

  it('refuses headers beyond 16 KiB', async () => {
    const api = await start()
    const answer = await api.get('/livez', { headers: { 'x-long': 'x'.repeat(20_000) } })
    expect(problemContract.parse(answer.json)).toMatchObject({ status: 431, code: 'api.headers_too_large' })
    expect(answer.headers).toMatchObject({ 'content-security-policy': expect.any(String) as string })
  })

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 'api.request_unreadable'],
    [
      'a control character',
      'GET /livez HTTP/1.1\r\nHost: localhost\r\nX-A: \u0000\r\n\r\n',
      'api.request_unreadable',
    ],
    ['two hosts', 'GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 'api.request_unreadable'],
    ['no end', 'GET /livez HTTP/1.1\r\nHost: localhost\r\n', 'api.request_incomplete'],
  ])('tells in a problem document what is wrong with %s', async (_name, bytes, code) => {
    const api = await start({ limits: { headersMs: 200, requestMs: 300 } })
    const received = await rawExchange(api.server.url, bytes)
    const problem = problemContract.parse(JSON.parse(received.slice(received.indexOf('\r\n\r\n'))))
    expect(problem.code).toBe(code)
    expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${problem.status} `))
    expect((await api.get('/livez')).status).toBe(200)
  })

  it('answers nothing into an answer that is on its way', async () => {
    const api = await start({ ports: { segmentSizes: () => new Promise(() => undefined) } })
    const asked = `GET /v1/segments HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${localToken}\r\n\r\n`
    expect(await rawExchange(api.server.url, asked, 'hello\r\n\r\n')).toBe('')
  })

  it('stops gracefully: the request under way gets its answer, a new one does not', async () => {
    const started = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    const api = await start({
      ports: {
        segmentSizes: async () => {
          started.resolve()
          await go.promise
          return new Map()
        },
      },
    })
    const underWay = api.get('/v1/segments')
    await started.promise
    const closing = api.server.close()
    await expect(api.get('/livez')).rejects.toThrow(/ECONNREFUSED/)
    go.resolve()
    expect((await underWay).status).toBe(200)
    await closing
  })

  it('cuts a request that outlasts the grace time', async () => {
    const started = Promise.withResolvers<void>()
    const api = await start({
      limits: { graceMs: 50 },
      ports: {
        segmentSizes: () => {
          started.resolve()
          return new Promise(() => undefined)
        },
      },
    })
    const underWay = api.get('/v1/segments')
    const closed = started.promise.then(() => api.server.close())
    await expect(underWay).rejects.toThrow(/hang up|ECONNRESET/)
    await closed
  })
})
