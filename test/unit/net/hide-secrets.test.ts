import { describe, expect, it } from 'vitest'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { CallPlatform, PlatformReply } from '../../../core/port/platform-caller.ts'
import { addReferred, createKnownSecrets, hideSecrets } from '../../../hub-server/net/hide-secrets.ts'

const secrets = createKnownSecrets()
addReferred(
  secrets,
  {
    token: '${env:TOKEN}',
    account: 'acme',
    endpoints: { crew: { secret: '${file:key}' } },
    list: ['plain-text'],
  },
  {
    token: 's3cret-token',
    account: 'acme',
    endpoints: { crew: { secret: 'fil"e &key-00' } },
    list: ['plain-text'],
  },
)
secrets.addGrant({ accessToken: 'access-77', expiresAt: null, refreshToken: 'refresh-88', facts: {} })

/** Sends once, as a platform that answers so. */
const caller =
  (reply: PlatformReply): CallPlatform =>
  async (call) => {
    const { signal } = new AbortController()
    const answer = await call.send(signal)
    const error = call.classify(answer)
    if (error) throw error
    return answer ?? reply
  }
const ask = (reply: PlatformReply): Promise<PlatformReply> =>
  hideSecrets(
    caller(reply),
    secrets,
  )({
    act: 'asking',
    budget: 'all',
    send: () => Promise.resolve(reply),
    classify: ({ status, body }) =>
      status < 400
        ? undefined
        : new PlatformError('platform.invalid_request', { act: 'asking', said: JSON.stringify(body) }),
  })

describe('what a connection knows as secret', () => {
  it('is what references stand for, and tokens, in each way of writing', () => {
    for (const text of ['s3cret-token', 'fil"e &key-00', 'fil%22e%20%26key-00', String.raw`fil\"e &key-00`])
      expect(secrets.hide(`got ${text}.`)).toBe('got [secret].')
    expect(secrets.hide('access-77 refresh-88 acme plain-text')).toBe('[secret] [secret] acme plain-text')
  })

  it('is taken out of a refusal before the connector reads it, however deep it stands', async () => {
    const body = {
      errors: [{ message: 'no s3cret-token', context: { token: ['access-77'] } }],
      code: 'INVALID',
    }
    await expect(ask({ status: 400, headers: {}, body })).rejects.toMatchObject({
      params: {
        said: '{"errors":[{"message":"no [secret]","context":{"token":["[secret]"]}}],"code":"INVALID"}',
      },
    })
  })

  it('stays in what is no refusal: new access is in there', async () => {
    const body = { access_token: 'access-77' }
    expect((await ask({ status: 200, headers: {}, body })).body).toEqual(body)
  })
})
