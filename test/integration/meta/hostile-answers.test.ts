import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { metaConnector } from '../../../connectors/meta/connector.ts'
import { sha256Hex } from '../../../connectors/meta/hashing.ts'
import { startMetaSandbox, type MetaSandbox } from '../../../connectors/meta/sandbox/meta-sandbox.ts'
import type { Fault } from '../../../connectors/sandbox-kit/faults.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { PlatformCall } from '../../../core/port/platform-caller.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { connectMeta, createAudience, never, startAt } from './graph.ts'

const token = 'EAAG-secret-token-of-the-system-user'
const email = 'mary@example.com'

let sandbox: MetaSandbox
let id: string
beforeEach(async () => {
  sandbox = await startMetaSandbox({ clock: createFixedClock(startAt) })
  id = await createAudience(sandbox, 'Big spenders')
})
afterEach(() => sandbox.close())

const add = (baseUrl = sandbox.url) =>
  connectMeta(baseUrl).audiences.add({
    audience: { externalId: id, name: 'Big spenders' },
    records: [{ fields: { EMAIL: email } }],
    signal: never,
  })

async function failure(fault: Fault): Promise<PlatformError> {
  sandbox.faults.add(fault)
  const error = await add().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PlatformError)
  return error as PlatformError
}

const page = '<!DOCTYPE html><html><body>Sorry, something went wrong.</body></html>'
const reply = (status: number, body: unknown): Fault => ({ kind: 'reply', reply: { status, body } })

describe('meta: hostile answers', () => {
  it.each<[string, Fault, string]>([
    ['HTML with status 200', reply(200, page), 'platform.unreadable_answer'],
    ['HTML with status 400', reply(400, page), 'platform.unreadable_answer'],
    ['HTML with status 502', reply(502, page), 'platform.transient'],
    ['nothing with status 200', reply(200, ''), 'platform.unreadable_answer'],
    ['nothing with status 500', reply(500, ''), 'platform.transient'],
    ['JSON null', reply(200, 'null'), 'platform.unreadable_answer'],
    ['a list', reply(200, '[]'), 'platform.unreadable_answer'],
    ['deep nesting', reply(200, '['.repeat(200_000)), 'platform.unreadable_answer'],
    ['half an object', reply(200, '{"num_received":1,'), 'platform.unreadable_answer'],
    ['a count that is none', reply(200, { num_received: -1 }), 'platform.unreadable_answer'],
    ['a prototype in the keys', reply(200, '{"__proto__":{"num_received":1}}'), 'platform.unreadable_answer'],
    ['500 MB', { kind: 'huge', bytes: 500_000_000 }, 'platform.answer_too_large'],
    ['an endless body', { kind: 'endless' }, 'platform.answer_too_large'],
    ['a cut connection', { kind: 'cut' }, 'platform.transient'],
  ])('takes %s for a failure of its kind', async (_, fault, code) => {
    expect((await failure(fault)).code).toBe(code)
  })

  it('gives up an answer that never comes when its signal says so', async () => {
    sandbox.faults.add({ kind: 'hang' })
    const stop = new AbortController()
    const sent = Promise.withResolvers<void>()
    const connection = metaConnector.connect(
      {
        connection: 'meta-ads',
        async call(call: PlatformCall) {
          const sending = call.send(stop.signal)
          sent.resolve()
          return sending
        },
        fetch: globalThis.fetch,
        clock: createFixedClock(startAt),
        logger: silentLogger,
        workspace: '.',
      },
      { access_token: 'sandbox-token', ad_account_id: 'act_1234567890', base_url: sandbox.url },
    )
    const finding = connection.destination('custom_audience')?.find({ name: 'x' })
    await sent.promise
    stop.abort()
    await expect(finding).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('repeats writes safely, since the first one may have been carried out (1.6)', async () => {
    sandbox.faults.add({ kind: 'cut', when: 'after' })
    await expect(add()).rejects.toMatchObject({ code: 'platform.transient' })
    expect(await add()).toEqual([{ status: 'applied' }])
    expect(sandbox.audiences.get(id)?.members.size).toBe(1)
  })

  it('declares every call repeatable but the creation', async () => {
    const meta = connectMeta(sandbox.url)
    await meta.audiences.create({ name: 'New' })
    await meta.connection.test()
    expect(meta.calls.filter(({ repeatable }) => repeatable !== true).map(({ act }) => act)).toEqual([
      'creating a custom audience',
    ])
  })
})

describe('meta: what errors hold (traps 12 and 13)', () => {
  it.each<[string, Fault]>([
    ['an error that quotes the payload', reply(400, quoting())],
    ['HTML', reply(200, page)],
    ['a cut connection', { kind: 'cut' }],
    ['too much', { kind: 'huge', bytes: 20_000_000 }],
  ])('keeps token, people and hashes out of errors after %s', async (_, fault) => {
    const strict = await startMetaSandbox({ clock: createFixedClock(startAt), accessToken: token })
    strict.faults.add(fault)
    const { audiences, logs } = connectMeta(strict.url, { access_token: token, app_secret: 'app-s3cret' })
    const error = await audiences
      .add({
        audience: { externalId: id, name: 'x' },
        records: [{ fields: { EMAIL: email } }],
        signal: never,
      })
      .catch((thrown: unknown) => thrown)
    const shown = inspect({ error, logs }, { depth: 20, showHidden: true })
    for (const secret of [token, 'app-s3cret', email, sha256Hex(email)]) expect(shown).not.toContain(secret)
    expect(shown).toContain('adding people to a custom audience')
    await strict.close()
  })
})

function quoting(): object {
  const message = `Invalid parameter ${sha256Hex(email)} (${email}) for access_token ${token}`
  return { error: { message, type: 'OAuthException', code: 100, fbtrace_id: 'A1' } }
}
