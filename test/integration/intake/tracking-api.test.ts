import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { httpRequest } from '../../support/http-request.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { anIntake, basic, keys, track, type IntakeUnderTest } from './an-intake.ts'

function sendBytes(
  intake: IntakeUnderTest,
  body: Uint8Array,
  headers: Record<string, string>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${intake.server.url}/v1/batch`,
      { method: 'POST', agent: false, headers: { authorization: basic(keys.website), ...headers } },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      },
    )
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

const residentMb = (): number => process.memoryUsage().rss / 1024 ** 2

describe('the tracking API', () => {
  it('takes every route, long and short, and keeps each call durably before it answers', async () => {
    await using intake = await anIntake()
    const long = ['track', 'identify', 'page', 'screen', 'group', 'alias']
    const body = { userId: 'u', event: 'e', groupId: 'g', previousId: 'p' }
    for (const name of [...long, ...long.map((route) => route.slice(0, 1))]) {
      const answer = await intake.send(`/v1/${name}`, body)
      expect([name, answer.status, answer.json]).toEqual([name, 200, { success: true }])
    }
    for (const name of ['batch', 'import', 'b'])
      expect((await intake.send(`/v1/${name}`, { batch: [track('m')] })).status).toBe(200)
    expect(intake.spool.waiting(1e9)).toHaveLength(15)
    expect(intake.wakes()).toBe(15)
    expect(await intake.work()).toBe(13)
  })

  it('answers analytics.js: its settings, its metrics, and what browsers ask before', async () => {
    await using intake = await anIntake()
    const settings = await httpRequest(`${intake.server.url}/v1/projects/${keys.website}/settings`)
    expect(settings.json).toMatchObject({ integrations: { 'Segment.io': { apiKey: keys.website } } })
    expect((await intake.send('/v1/m', { series: [] })).json).toEqual({ success: true })
    const asked = await intake.send('/v1/t', '', { method: 'OPTIONS' })
    expect([
      asked.status,
      asked.headers['access-control-allow-origin'],
      asked.headers['access-control-max-age'],
    ]).toEqual([204, '*', '86400'])
    expect(asked.headers['access-control-allow-headers']).toContain('Authorization')
    const plain = { authorization: '', 'content-type': 'text/plain', host: 'hub.example.com' }
    const told = await intake.send('/v1/t', { ...track('m'), writeKey: keys.website }, { headers: plain })
    expect(told.status).toBe(401)
    const { authorization: _none, ...headers } = plain
    const answer = await httpRequest(`${intake.server.url}/v1/t`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ ...track('m'), writeKey: keys.website }),
    })
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, '*'])
    await intake.work()
    expect(JSON.stringify(await intake.records('track'))).not.toContain(keys.website)
  })

  it.each([
    ['no key', undefined, {}],
    ['an unknown key', basic('wk_other'), {}],
    ['an unknown key in the body', undefined, { writeKey: 'wk_other' }],
    ['an empty key', basic(''), {}],
    ['a key that is an object', undefined, { writeKey: { toString: 'x' } }],
  ])('refuses %s with 401', async (_what, authorization, more) => {
    await using intake = await anIntake()
    const answer = await httpRequest(`${intake.server.url}/v1/track`, {
      method: 'POST',
      headers: authorization === undefined ? {} : { authorization },
      body: JSON.stringify({ ...track('m'), ...more }),
    })
    expect([answer.status, intake.spool.waiting(1e9)]).toEqual([401, []])
  })

  it('takes a key as bearer', async () => {
    await using intake = await anIntake()
    const headers = { authorization: `Bearer ${keys.app}` }
    expect((await intake.send('/v1/track', track('m'), { headers })).status).toBe(200)
  })

  it.each(['{', '"text"', '', 'null', '[1'])('refuses the body %j with 400', async (body) => {
    await using intake = await anIntake()
    expect((await intake.send('/v1/track', body)).status).toBe(400)
  })

  it('W05: takes 500 KB and one byte, reads gzip, and refuses a bomb and 10 MB with 413', async (context) => {
    await using intake = await anIntake()
    const batch = Array.from({ length: 25 }, (_, index) =>
      track(`m${index}`, { properties: { text: 'x'.repeat(20_500) } }),
    )
    const large = JSON.stringify({ batch })
    expect(large.length).toBeGreaterThan(512_000)
    const taken = await intake.send('/v1/batch', large)
    const gzip = { 'content-encoding': 'gzip' }
    const zipped = await sendBytes(intake, gzipSync(JSON.stringify({ batch: [track('zipped')] })), gzip)
    const [bombBytes, tenMb] = [gzipSync(Buffer.alloc(200 * 1024 ** 2)), 10 * 1024 ** 2]
    // Random bytes do not shrink: what is sent is 10 MB, too.
    const large10Mb = gzipSync(randomBytes(tenMb))
    const took: number[] = []
    const before = residentMb()
    let most = before
    const watch = setInterval(() => (most = Math.max(most, residentMb())), 5)
    const timed = async <Answer>(sent: () => Promise<Answer>): Promise<Answer> => {
      const began = performance.now()
      const answer = await sent()
      took.push(performance.now() - began)
      return answer
    }
    const bomb = await timed(() => sendBytes(intake, bombBytes, gzip))
    const largeZip = await timed(() => sendBytes(intake, large10Mb, gzip))
    expect(await sendBytes(intake, Buffer.from('no gzip'), gzip)).toBe(400)
    const refused = await timed(() => intake.send('/v1/batch', ' '.repeat(tenMb)))
    clearInterval(watch)
    expect([refused.status, refused.headers['connection']]).toEqual([413, 'close'])
    expect(await intake.work()).toBe(26)
    const answers = [taken.status, zipped, bomb, largeZip, refused.status]
    const wanted = [200, 200, 413, 413, 413]
    reportFigure(context, {
      check: 'W05',
      claim: 'bodies over the limit that were taken, or under it that were refused',
      value: answers.filter((status, index) => status !== wanted[index]).length,
      of: wanted.length,
      target: '0',
    })
    reportFigure(context, {
      check: 'W05',
      claim: 'longest refusal of 10 MB, of 10 MB of gzip, and of 200 KB that would be 200 MB',
      value: Math.round(Math.max(...took)),
      unit: 'ms',
      target: '< 1000 on a quiet machine',
    })
    reportFigure(context, {
      check: 'W05',
      claim: 'memory that these refusals took, their sender included',
      value: Math.round(most - before),
      unit: 'MB',
      target: 'told',
    })
    expect(answers).toEqual(wanted)
  })

  it('W03: asks to wait with 429 and whole seconds at three times what may wait, and has lost nothing when it was drained', async (context) => {
    const bodyBytes = JSON.stringify(track('m000')).length
    await using intake = await anIntake({ limits: { waitingBytes: 100 * bodyBytes } })
    const sent = Array.from({ length: 300 }, (_, index) => `m${String(index).padStart(3, '0')}`)
    const answers = await Promise.all(
      sent.map(async (id) => {
        const { status, headers } = await intake.send('/v1/track', track(id))
        return { id, status, wait: headers['retry-after'] }
      }),
    )
    const others = answers.filter(({ status }) => ![200, 429, 503].includes(status))
    const taken = answers.filter(({ status }) => status === 200).map(({ id }) => id)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]))
    expect(new Set(answers.map(({ wait }) => wait))).toEqual(new Set([undefined, '10']))
    expect(await intake.work()).toBe(taken.length)
    const kept = await intake.records('track')
    const lost = taken.filter((id) => !(`website:${id}` in kept))
    const figures = [
      ['answers to an overload that would make a client drop its events', others.length, sent.length],
      ['events acknowledged in an overload and lost', lost.length, taken.length],
    ] as const
    for (const [claim, value, of] of figures)
      reportFigure(context, { check: 'W03', claim, value, of, target: '0' })
    expect([others.length, lost]).toEqual([0, []])
    expect((await intake.send('/v1/track', track('later'))).status).toBe(200)
  })

  it('answers 503 when it cannot keep, acknowledges nothing, and says why in the log', async () => {
    await using intake = await anIntake({
      beforeKeep() {
        throw new Error('no space left')
      },
    })
    const answer = await intake.send('/v1/track', track('m'))
    expect([
      answer.status,
      answer.headers['retry-after'],
      answer.headers['access-control-allow-origin'],
    ]).toEqual([503, '10', '*'])
    expect(intake.spool.waiting(1e9)).toEqual([])
    expect(intake.lines.join('')).toContain('events_refused')
  })

  it('refuses other methods', async () => {
    await using intake = await anIntake()
    const answer = await httpRequest(`${intake.server.url}/v1/track`)
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST, OPTIONS'])
  })
})
