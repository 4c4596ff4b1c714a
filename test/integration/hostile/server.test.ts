import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { describeRoute } from '../../../hub-server/api/contract/describe-route.ts'
import { problemContract } from '../../../hub-server/api/contract/problem.ts'
import { defineRoute } from '../../../hub-server/api/define-route.ts'
import { localToken } from '../../support/a-gate.ts'
import type { HttpAnswer } from '../../support/http-request.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { anApi, type ApiSettings, type ApiUnderTest } from '../http/an-api.ts'
import { ambiguousRequests } from './ambiguous-requests.ts'

async function start(settings: ApiSettings = {}): Promise<ApiUnderTest> {
  const api = await anApi({ ...settings, limits: { headersMs: 1000, requestMs: 1500, keepAliveMs: 300 } })
  onTestFinished(() => api.close())
  return api
}

/** Sends bytes as they are, and resolves with what came back when the server closed the connection. */
async function exchange(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let received = ''
  socket.setEncoding('latin1').on('data', (part: string) => (received += part))
  socket.on('error', () => undefined)
  socket.write(Buffer.from(text, 'latin1'))
  await once(socket, 'close')
  return received
}

const shapeOf = ({ status, headers: { location } }: HttpAnswer): string => `${status} ${location ?? ''}`

const smuggled = `GET /v1/segments HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${localToken}\r\n\r\n`

describe('X48: requests that two readers would read differently', () => {
  it('are refused, and what is hidden in them is never carried out', async (context) => {
    let carriedOut = 0
    const api = await start({
      ports: {
        segmentSizes: () => {
          carriedOut += 1
          return Promise.resolve(new Map())
        },
      },
    })
    const forms = ambiguousRequests(smuggled)
    const answers = await Promise.all(
      forms.map(async ([name, text]) => [name, await exchange(api.server.url, text)]),
    )
    const accepted = answers
      .filter(([, answer]) => /HTTP\/1\.1 [235]\d\d/.test(answer ?? ''))
      .map(([name]) => name)
    reportFigure(context, {
      check: 'X48',
      claim: 'ambiguous requests accepted, or hidden ones carried out',
      value: accepted.length + carriedOut,
      of: forms.length,
      target: '0',
    })
    expect([accepted, carriedOut]).toEqual([[], 0])
    expect(await exchange(api.server.url, smuggled)).toMatch(/^HTTP\/1\.1 200 /)
    expect(carriedOut).toBe(1)
  })

  it('forged headers of a proxy change nothing: not who asks, from where, for what or how', async (context) => {
    const api = await start()
    const forged = {
      forwarded: 'for=127.0.0.1;host=hub.example.com;proto=https',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '443',
      'x-forwarded-user': 'admin',
      'x-real-ip': '127.0.0.1',
      'x-client-ip': '127.0.0.1',
      'x-original-url': '/livez',
      'x-rewrite-url': '/livez',
      'x-http-method-override': 'GET',
      'x-remote-user': 'admin',
      'x-authenticated-user': 'admin',
      'x-host': '127.0.0.1',
    }
    const asked = [
      ['/v1/runs', { authorization: '' }],
      ['/v1/runs', { host: 'attacker.example' }],
      ['/v1/runs', { host: '127.0.0.1@attacker.example' }],
      ['/nothing', {}],
      ['/livez', {}],
    ] as const
    let changed = 0
    const cases = asked.flatMap(([path, headers]) =>
      ['GET', 'POST'].flatMap((method) =>
        Object.entries(forged).map(([name, value]) => ({ path, method, headers, added: { [name]: value } })),
      ),
    )
    for (const { path, method, headers, added } of cases) {
      const plain = await api.get(path, { method, headers })
      const other = await api.get(path, { method, headers: { ...headers, ...added } })
      if (shapeOf(plain) !== shapeOf(other)) changed += 1
    }
    reportFigure(context, {
      check: 'X48',
      claim: 'answers that a forged proxy header changed',
      value: changed,
      of: cases.length,
      target: '0',
    })
    expect(changed).toBe(0)
  })
})

/** Takes any object, so that only the reader of bodies stands before it. */
const takeAnything = describeRoute({
  name: 'test.anything',
  method: 'POST',
  path: '/v1/anything',
  permission: 'runs:read',
  summary: 'Takes anything.',
  effect: 'reads',
  body: z.record(z.string(), z.unknown()),
  answer: z.object({}),
  example: { body: {}, answer: {} },
})

const deep = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth)

describe('X28: bodies of the API that are deep or wide', () => {
  it('are refused with a problem document by their shape alone', async (context) => {
    let reached = 0
    const take = defineRoute(takeAnything, () => {
      reached += 1
      return Promise.resolve({})
    })
    const api = await start({ routes: () => [take] })
    const wide = Array.from({ length: 100_000 }, (_, index) => `"k${index}":${index}`).join(',')
    const bodies = [
      ...[300, 1000, 100_000].flatMap((depth) => [
        deep('[', ']', depth),
        deep('{"a":', '}', depth).replace('}', '1}'),
      ]),
      '['.repeat(100_000),
      `{${wide}}`,
      `[${'1,'.repeat(190_000)}1]`,
      '{"__proto__":{"polluted":true}}',
      '{"a":1,"a":2}',
      '{"a":1e400}',
    ]
    const wrong: unknown[] = []
    let slowest = 0
    const send = (body: string) => {
      const headers = { 'content-type': 'application/json', 'content-length': String(body.length) }
      return api.get('/v1/anything', { method: 'POST', headers, body })
    }
    expect((await send('{"a":[{"b":1}]}')).status).toBe(200)
    for (const body of bodies) {
      const startedAt = performance.now()
      const answer = await send(body)
      slowest = Math.max(slowest, performance.now() - startedAt)
      const isProblem = problemContract.safeParse(answer.json).success
      if (answer.status < 400 || answer.status >= 500 || !isProblem)
        wrong.push([body.slice(0, 30), answer.status])
    }
    reportFigure(context, {
      check: 'X28',
      claim: 'deep or wide bodies not answered by a 4xx problem document',
      value: wrong.length,
      of: bodies.length,
      target: '0',
    })
    reportFigure(context, {
      check: 'X28',
      claim: 'longest answer to a deep or wide body',
      value: Math.round(slowest),
      unit: 'ms',
      target: 'told',
    })
    expect([wrong, reached]).toEqual([[], 1])
    expect((await api.get('/livez')).status).toBe(200)
  })
})
