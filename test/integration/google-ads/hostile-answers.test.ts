import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Fault } from '../../../connectors/sandbox-kit/faults.ts'
import type { Audience } from '../../../core/connector/destination.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { PlatformCall } from '../../../core/port/platform-caller.ts'
import { createDirectCaller } from '../../support/direct-caller.ts'
import {
  connectGoogleAds,
  never,
  openGoogleAds,
  sandboxConfig,
  type OpenGoogleAds,
} from './open-google-ads.ts'

const email = 'mary@example.com'

let ads: OpenGoogleAds
let audience: Audience
beforeEach(async () => {
  ads = await openGoogleAds()
  audience = await ads.lists.create({ name: 'Big spenders' })
})
afterEach(() => ads.sandbox.close())

const records = [{ fields: { email } }]

async function failure(act: Promise<unknown>): Promise<PlatformError> {
  const error = await act.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PlatformError)
  return error as PlatformError
}

const add = (fault: Fault): Promise<PlatformError> => {
  ads.sandbox.faults.add({ ...fault, match: /:ingest/ })
  return failure(ads.lists.add({ audience, records, signal: never }))
}

const page = '<!DOCTYPE html><html><body>Sorry, something went wrong.</body></html>'
const reply = (status: number, body: unknown): Fault => ({ kind: 'reply', reply: { status, body } })

describe('google-ads: hostile answers', () => {
  it.each<[string, Fault, string]>([
    ['HTML with status 200', reply(200, page), 'platform.unreadable_answer'],
    ['HTML with status 400', reply(400, page), 'platform.unreadable_answer'],
    ['HTML with status 503', reply(503, page), 'platform.transient'],
    ['nothing with status 200', reply(200, ''), 'platform.unreadable_answer'],
    ['an empty id of the request', reply(200, { requestId: '' }), 'platform.unreadable_answer'],
    ['a list', reply(200, '[]'), 'platform.unreadable_answer'],
    ['deep nesting', reply(200, '['.repeat(200_000)), 'platform.unreadable_answer'],
    [
      'deeply nested details',
      reply(400, `{"error":{"details":[${'{"a":'.repeat(500)}1${'}'.repeat(500)}]}}`),
      'platform.invalid_request',
    ],
    [
      'an error with status 200',
      reply(200, { error: { code: 503, status: 'UNAVAILABLE' } }),
      'platform.transient',
    ],
    ['500 MB', { kind: 'huge', bytes: 500_000_000 }, 'platform.answer_too_large'],
    ['an endless body', { kind: 'endless' }, 'platform.answer_too_large'],
    ['a cut connection', { kind: 'cut' }, 'platform.transient'],
  ])('takes %s for a failure of its kind', async (_, fault, code) => {
    expect((await add(fault)).code).toBe(code)
  })

  it('takes no object of another shape for an account without lists', async () => {
    const shape: Fault = {
      kind: 'reply',
      match: /userLists/,
      reply: { status: 200, body: { surprise: [1] } },
    }
    ads.sandbox.faults.add(shape)
    expect((await failure(ads.lists.find({ name: 'Big spenders' }))).code).toBe('platform.unreadable_answer')
  })

  it('names rows of nobody in a refusal without going astray', async () => {
    const violation = { field: 'audience_members[999999]', reason: 'INVALID_AUDIENCE_MEMBER' }
    const error = await add(reply(400, { error: { code: 400, details: [{ fieldViolations: [violation] }] } }))
    expect(error.code).toBe('platform.batch_refused')
  })

  it('does not drop rows when the refusal is about something else as well', async () => {
    const violations = [
      { field: 'audience_members[0]', reason: 'INVALID_AUDIENCE_MEMBER' },
      { field: 'destinations[0].product_destination_id', reason: 'INVALID_USER_LIST_ID' },
    ]
    const body = {
      error: { code: 400, status: 'INVALID_ARGUMENT', details: [{ fieldViolations: violations }] },
    }
    expect((await add(reply(400, body))).code).not.toBe('platform.unreadable_answer')
  })

  it('gives up an answer that never comes when its signal says so', async () => {
    const stop = new AbortController()
    ads.sandbox.faults.add({ kind: 'hang', match: /:ingest/ })
    const sent = Promise.withResolvers<void>()
    const { lists } = connectGoogleAds({
      config: sandboxConfig(ads.sandbox),
      async call(call: PlatformCall) {
        const sending = call.send(stop.signal)
        sent.resolve()
        return sending
      },
    })
    const adding = lists.add({ audience, records, signal: never })
    await sent.promise
    stop.abort()
    await expect(adding).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('shows neither person nor secret in any error', async () => {
    const quoting = {
      error: {
        code: 400,
        status: 'INVALID_ARGUMENT',
        message: `Bad value ${email} for sandbox-refresh, phone +33612345678`,
        details: [{ fieldViolations: [{ field: 'consent', reason: 'X', description: `see ${email}` }] }],
      },
    }
    const error = await add(reply(400, quoting))
    const shown = inspect(error, { depth: 10 })
    expect(shown).not.toContain(email)
    expect(shown).not.toContain('33612345678')
    expect(shown).not.toContain('ya29')
  })

  it('writes no person and no token into logs or acts', async () => {
    const bad = [{ fields: { email: 'broken@@example.com', phone: '+33612345678' } }, ...records]
    const acts: string[] = []
    const open = connectGoogleAds({
      config: sandboxConfig(ads.sandbox),
      credentials: { current: async () => ({ accessToken: 'ya29.secret', expiresAt: null, facts: {} }) },
      call: createDirectCaller(({ act }) => acts.push(act)),
    })
    await failure(open.lists.add({ audience, records: bad, signal: never }))
    const noted = JSON.stringify([open.logs, acts])
    for (const hidden of ['example.com', '33612345678', 'ya29']) expect(noted).not.toContain(hidden)
  })
})
