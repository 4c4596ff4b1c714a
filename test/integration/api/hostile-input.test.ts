import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { allContracts } from '../../../hub-server/api/contract/all-contracts.ts'
import type { AnyRouteContract } from '../../../hub-server/api/contract/describe-route.ts'
import { problemContract } from '../../../hub-server/api/contract/problem.ts'
import { aServedHub, type ServedHub } from '../../support/a-served-hub.ts'
import type { HttpAnswer } from '../../support/http-request.ts'
import { reportFigure } from '../../support/report-figure.ts'

/** A refusal for haste would say nothing of what is asked here. */
const limits = { perSecond: 1e6, burst: 1e6, heavyEach: 1e6, heavyAll: 1e6 }

let served: ServedHub
beforeAll(async () => {
  served = await aServedHub({ serve: { limits } })
}, 60_000)
afterAll(() => served.close())

/** What may not be in an answer: stacks, SQL, paths of this machine, tokens, the marked values that were sent. */
const leak =
  /\bat \/|\.ts:\d|node:internal|SELECT |INSERT |FROM [a-z_]+ |\/tmp\/|\/work\/|local_[\w-]{20}|sk-live/

const addressOf = ({ path, example }: AnyRouteContract): string => {
  const filled = path.replace(/\{(\w+)\}/g, (_part, name: string) =>
    encodeURIComponent(example.params?.[name] ?? ''),
  )
  const query = new URLSearchParams(example.query ?? {}).toString()
  return query === '' ? filled : `${filled}?${query}`
}

function send(
  route: AnyRouteContract,
  { path = addressOf(route), body, type = 'application/json', headers = {} }: Sent = {},
): Promise<HttpAnswer> {
  return served.call(path, {
    method: route.method,
    headers: {
      ...(body !== undefined && { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) }),
      ...(route.effect === 'changes' && { 'idempotency-key': randomUUID() }),
      ...(route.ifMatch && { 'if-match': '"none"' }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  })
}
interface Sent {
  readonly path?: string
  readonly body?: string | Buffer
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What is wrong with an answer that should be a refusal. */
function faultOf({ status, text, json }: HttpAnswer): string | undefined {
  if (status < 400 || status >= 500 || status === 429) return `status ${status}: ${text.slice(0, 200)}`
  const problem = problemContract.safeParse(json)
  if (!problem.success) return `no problem document: ${text.slice(0, 200)}`
  if (problem.data.title === '' || problem.data.detail === '') return 'no words'
  return leak.test(text) ? `leak: ${text}` : undefined
}

const filters = (count: number): string =>
  Array.from({ length: count }, (_none, index) => `f${index}=1`).join('&')

const withBody = allContracts.filter(({ hasBody }) => hasBody)

/** What is large goes to every so manieth route: all share the reader that refuses it. */
const largeFrom = 50_000
const everyLarge = Number(process.env['HOSTILE_EVERY'] ?? 10)
const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

/** Bodies that no route may take, whatever it is for. */
const hostileBodies: readonly (readonly [string, string | Buffer])[] = [
  ['nothing', ''],
  ['half an object', '{"a"'],
  ['a text', '"text"'],
  ['a number', '12'],
  ['null', 'null'],
  ['a list', '[]'],
  ['an unknown field', '{"no_such_field":1}'],
  ['a reserved key', '{"__proto__":{"admin":true}}'],
  ['a key twice', '{"a":1,"a":2}'],
  ['a comment', '{/* sk-live */}'],
  ['a trailing comma', '{"a":1,}'],
  ['a number beyond 2^53', '{"a":9007199254740993}'],
  ['1e400', '{"a":1e400}'],
  ['NaN', '{"a":NaN}'],
  ['a byte-order mark', Buffer.from('\uFEFF{}')],
  ['UTF-16', Buffer.from('{}', 'utf16le')],
  ['half of a surrogate pair', '{"a":"\\ud83d"}'],
  ['half of a pair as a key', '{"\\uDC00":1}'],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ...[17, 300, 1000, 100_000].map((levels) => [`${levels} levels`, nested(levels)] as const),
  ['100,000 siblings', `{"a":[${'0,'.repeat(99_999)}0]}`],
  ['2 MB', `{"a":"${'x'.repeat(2_097_152)}"}`],
]

/** Every field of a route's example, replaced by each of these. */
const strange: readonly unknown[] = [
  null,
  true,
  -1,
  1.5,
  1e15,
  '',
  'x'.repeat(210_000),
  [],
  [[[]]],
  {},
  { $ne: null },
  { toString: 1 },
  Array.from({ length: 20_000 }, () => 0),
]

/** Values of the right type that mean harm. */
const harmful = [
  "'; DROP TABLE profile; --",
  '" OR 1=1 --',
  '../../../../etc/passwd',
  '\u0000',
  '\ud800',
  '{{constructor}}',
  '${env:HOME}',
  '%s%n%x',
  '<script>alert(1)</script>',
  'sk-live-51x',
  'p_999999999999999999999999',
  '\u202Egnirts',
  '-1',
  'p_1'.repeat(100),
]

describe('every route', () => {
  it('X28, X30: answers hostile bodies with a 4xx problem document, and takes none', async (context) => {
    const faults: string[] = []
    let sent = 0
    for (const [index, route] of withBody.entries())
      for (const [name, body] of hostileBodies) {
        if (body.length > largeFrom && index % everyLarge !== 0) continue
        const needsNothing = z.safeParse(route.body, {}).success
        if (needsNothing && name === 'nothing') continue
        sent += 1
        const fault = faultOf(await send(route, { body }))
        if (fault !== undefined) faults.push(`${route.name} ${name}: ${fault}`)
      }
    expect(faults).toEqual([])
    expect(Object.prototype).not.toHaveProperty('admin')
    reportFigure(context, {
      check: 'X28',
      claim: 'hostile bodies (depth, width, traps of JSON) over all routes not answered with a 4xx problem',
      value: faults.length,
      of: sent,
      target: '0',
    })
    expect((await served.call('/livez')).status).toBe(200)
  }, 120_000)
  it('X30: takes only JSON that is not coded', async () => {
    const route = withBody[0]
    if (!route) throw new Error('no route takes a body')
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'application/jso',
      'application/json; charset=utf-16',
      'application/json;CHARSET="ISO-8859-1"',
    ]
    for (const type of types) expect((await send(route, { body: '{}', type })).status).toBe(415)
    const headers = { 'content-encoding': 'gzip' }
    expect((await send(route, { body: gzipSync('{}'), headers })).status).toBe(415)
  })

  it('X30: tells why of half a surrogate pair, and takes whole ones', async () => {
    const headers = { 'idempotency-key': randomUUID(), 'content-type': 'application/json' }
    const add = (reason: string) =>
      served.call('/v1/suppression', {
        method: 'POST',
        headers,
        body: `{"identifiers":["ada@example.com"],"reason":"${reason}"}`,
      })
    for (const half of ['\\ud83d', 'a\\uDE00', '\\ude00\\ud83d'])
      expect((await add(half)).json).toMatchObject({ code: 'api.body_unreadable' })
    expect((await add('\\ud83d\\ude00 \\\\ud83d')).status).toBe(200)
  })

  it('says what form a text must have', async () => {
    const answer = await served.call('/v1/hub/backups', {
      method: 'POST',
      headers: { 'idempotency-key': randomUUID(), 'content-type': 'application/json' },
      body: '{"folder":"backups","with_key":false}',
    })
    const expected = 'a text of the form /^(?:\\/|[A-Za-z]:[\\\\/])[^\\0]*$/'
    expect(answer.json).toMatchObject({ status: 400, errors: [{ parameter: '#/folder', expected }] })
  })

  it('names the kinds of identifier that there are to whoever suppresses one of no kind', async () => {
    const orders = {
      '/v1/suppression': { identifiers: ['ada'] },
      '/v1/suppression/remove': { identifier: 'ada' },
    }
    for (const [path, order] of Object.entries(orders)) {
      const { json } = await served.call(path, {
        method: 'POST',
        headers: { 'idempotency-key': randomUUID(), 'content-type': 'application/json' },
        body: JSON.stringify({ ...order, kind: 'shoe_size' }),
      })
      const expected = expect.stringMatching(/^one of: email, phone/)
      expect(json).toMatchObject({ status: 400, errors: [{ parameter: '#/kind', expected }] })
    }
  })

  it('lets whoever sends 10 MB read why that is too much', async () => {
    const body = ' '.repeat(10_485_760)
    for (let round = 0; round < 8; round += 1) {
      const refused = await served.call('/v1/suppression', {
        method: 'POST',
        headers: {
          'idempotency-key': randomUUID(),
          'content-type': 'application/json',
          ...(round % 2 === 0
            ? { 'content-length': String(body.length) }
            : { 'transfer-encoding': 'chunked' }),
        },
        body,
      })
      expect(refused.json).toMatchObject({ status: 413, code: 'api.body_too_large' })
    }
  })

  it('says by pointer what does not fit, for each field of its body', async () => {
    const faults: string[] = []
    for (const { route, field, body } of withBody.flatMap(strangeBodies)) {
      const answer = await send(route, { body: JSON.stringify(body) })
      const fault = faultOf(answer)
      const told = JSON.stringify((answer.json as { errors?: unknown } | undefined)?.errors ?? [])
      const isTold = answer.status !== 400 || told.includes(`#/${field}`)
      if (fault !== undefined || !isTold)
        faults.push(`${route.name} ${JSON.stringify(body).slice(0, 80)}: ${fault ?? told}`)
    }
    expect(faults).toEqual([])
  }, 120_000)

  it('X46: caps pages, refuses 10,000 filters and unknown parameters', async (context) => {
    const faults: string[] = []
    let sent = 0
    for (const route of allContracts) {
      const [plain = ''] = addressOf(route).split('?')
      const body = route.hasBody ? JSON.stringify(route.example.body) : undefined
      for (const query of ['limit=1000000', 'limit=-1', 'limit=1&limit=2', 'no_such=1', filters(1000)]) {
        sent += 1
        const answer = await send(route, { path: `${plain}?${query}`, ...(body !== undefined && { body }) })
        const fault = faultOf(answer)
        if (fault !== undefined) faults.push(`${route.name} ${query.slice(0, 20)}: ${fault}`)
      }
    }
    // A request line of 90 KB is refused before any route sees it: with 431, or by a closed connection.
    const long = await served.call(`/v1/runs?${filters(10_000)}`).catch(() => undefined)
    if (long && long.status !== 431) faults.push(`10,000 filters: ${long.status}`)
    expect((await served.call('/livez')).status).toBe(200)
    expect(faults).toEqual([])
    const claim = 'page sizes, repeated, unknown and 10,000 parameters over all routes that were taken'
    reportFigure(context, { check: 'X46', claim, value: faults.length, of: sent, target: '0' })
  }, 120_000)

  it('X49: leaks nothing in the answer to values that mean harm', async (context) => {
    const faults: string[] = []
    let refused = 0
    for (const route of allContracts) {
      if (route.mode !== 'answer' || route.name === 'hub.backup') continue
      for (const value of harmful) {
        const { status, text } = await send(route, harm(route, value))
        if (status >= 400) refused += 1
        if (status >= 500 || (status >= 400 && leak.test(text.replaceAll(value, ''))))
          faults.push(`${route.name} ${JSON.stringify(value)}: ${status} ${text.slice(0, 300)}`)
      }
    }
    expect(faults).toEqual([])
    expect(refused).toBeGreaterThan(500)
    const claim = 'error answers with a stack, a query, a path or a token in them, or with 5xx'
    reportFigure(context, { check: 'X49', claim, value: faults.length, of: refused, target: '0' })
    expect(served.lines.filter((line) => line.includes('sk-live'))).toEqual([])
  }, 120_000)
})

/** A request whose every text is the harmful value. */
function harm(route: AnyRouteContract, value: string): Sent {
  const { example } = route
  const path = route.path.replace(/\{\w+\}/g, encodeURIComponent(value.toWellFormed()))
  const query = new URLSearchParams(
    Object.fromEntries(Object.keys(example.query ?? {}).map((name) => [name, value])),
  ).toString()
  const body = z.record(z.string(), z.unknown()).safeParse(example.body)
  const filled = Object.entries(body.data ?? {}).map(([name, given]) => [
    name,
    typeof given === 'string' ? value : given,
  ])
  return {
    path: query === '' ? path : `${path}?${query}`,
    ...(route.hasBody && { body: JSON.stringify(Object.fromEntries(filled)) }),
  }
}

/** The route's example with one field after the other made strange, as far as its contract refuses that. */
function strangeBodies(route: AnyRouteContract) {
  const example = z.record(z.string(), z.unknown()).safeParse(route.example.body)
  return Object.keys(example.data ?? {})
    .flatMap((field) => strange.map((value) => ({ route, field, body: { ...example.data, [field]: value } })))
    .filter(({ body }) => !z.safeParse(route.body, body).success)
}
