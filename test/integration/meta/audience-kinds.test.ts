import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../../connectors/meta/hashing.ts'
import { startMetaSandbox, type MetaSandbox } from '../../../connectors/meta/sandbox/meta-sandbox.ts'
import type { Audience } from '../../../core/connector/destination.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { connectMeta, createAudience, never, startAt, type MetaConnection } from './graph.ts'

let clock: FixedClock
let sandbox: MetaSandbox
let meta: MetaConnection
beforeEach(async () => {
  clock = createFixedClock(startAt)
  sandbox = await startMetaSandbox({ clock })
  meta = connectMeta(sandbox.url, {}, clock)
})
afterEach(() => sandbox.close())

const settings = { is_value_based: true }
const worth = (value: JsonObject[string]) => ({ fields: { EMAIL: 'a@b.com', LOOKALIKE_VALUE: value } })
const held = (audience: Audience) => sandbox.audiences.get(audience.externalId)

const remedyOf = async (failing: Promise<unknown>) => {
  const error = await failing.catch((thrown: unknown) => thrown)
  const { code, params } = error as { code: string; params: Record<string, string> }
  return { code, remedy: params['remedy'] ?? params['link'] ?? '' }
}
const find = () => meta.audiences.find({ name: 'List' })

describe('meta: value-based audiences (1.2)', () => {
  it('are created as such, and take people with what they are worth', async () => {
    const audience = await meta.audiences.create({ name: 'Worth', settings })
    const outcomes = await meta.audiences.add({ audience, settings, records: [worth(12.5)], signal: never })
    expect(outcomes).toEqual([{ status: 'applied' }])
    expect(held(audience)).toMatchObject({ isValueBased: true })
    expect(held(audience)?.values.get(sha256Hex('a@b.com'))).toBe(12.5)
    expect(await meta.audiences.find({ ...audience, settings })).toMatchObject(audience)
  })

  it.each([
    [null, 'missing_lookalike_value'],
    ['', 'missing_lookalike_value'],
    [-1, 'invalid_lookalike_value'],
    ['a lot', 'invalid_lookalike_value'],
    [true, 'invalid_lookalike_value'],
  ])('reject a person whose worth is %j, and no neighbour', async (value, code) => {
    const audience = await meta.audiences.create({ name: 'Worth', settings })
    const neighbour = { fields: { EMAIL: 'c@d.com', LOOKALIKE_VALUE: 0 } }
    const records = [worth(value), neighbour]
    const outcomes = await meta.audiences.add({ audience, settings, records, signal: never })
    expect(outcomes).toMatchObject([{ status: 'rejected', reason: { code } }, { status: 'applied' }])
  })

  it('take people off without their worth', async () => {
    const audience = await meta.audiences.create({ name: 'Worth', settings })
    await meta.audiences.add({ audience, settings, records: [worth(1)], signal: never })
    const records = [{ fields: { EMAIL: 'a@b.com' } }]
    await meta.audiences.remove({ audience, settings, records, signal: never })
    expect(held(audience)?.members.size).toBe(0)
  })

  it('are refused before anything is created while their own terms are not accepted, with the page to do so', async () => {
    sandbox.acceptValueTerms(false)
    await expect(meta.audiences.create({ name: 'Worth', settings })).rejects.toMatchObject({
      code: 'platform.terms_not_accepted',
      params: {
        link: 'https://business.facebook.com/customaudiences/value_based/tos.php?act=1234567890',
      },
    })
    expect(sandbox.audiences.size).toBe(0)
    expect(await meta.audiences.create({ name: 'Plain' })).toMatchObject({ name: 'Plain' })
  })

  it('cannot change sides: an audience of the other kind is refused, with what the admin must do', async () => {
    const plain = await meta.audiences.create({ name: 'Plain' })
    const valued = await meta.audiences.create({ name: 'Worth', settings })
    for (const wanted of [{ ...plain, settings }, valued, { name: 'Plain', settings }, { name: 'Worth' }])
      await expect(meta.audiences.find(wanted)).rejects.toMatchObject({
        code: 'platform.audience_unusable',
        params: { remedy: expect.stringMatching(/does not exist yet/) },
      })
  })

  it('are exchanged with their values', async () => {
    const audience = await meta.audiences.create({ name: 'Worth', settings })
    const request = { audience, settings, session: 's', total: 1, state: null, signal: never }
    const parts = (async function* () {
      yield [worth(7)]
    })()
    for await (const { outcomes } of meta.audiences.replace({ ...request, parts }))
      expect(outcomes).toEqual([{ status: 'applied' }])
    expect(held(audience)?.values.get(sha256Hex('a@b.com'))).toBe(7)
  })

  it('make lookalikes by custom_ratio', async () => {
    const audience = await meta.audiences.create({ name: 'Worth', settings })
    const records = Array.from({ length: 120 }, (_, index) => ({
      fields: { EMAIL: `p${index}@example.com`, LOOKALIKE_VALUE: index },
    }))
    await meta.audiences.add({ audience, settings, records, signal: never })
    clock.advance(25 * 3_600_000)
    const made = await meta.connection.action('create_lookalike')?.run({
      name: 'Like the best',
      origin_audience_id: audience.externalId,
      ratio: 0.02,
      starting_ratio: 0.01,
      countries: ['FR'],
    })
    expect(made).toMatchObject({ created: true })
    const spec = [...sandbox.audiences.values()].at(-1)?.lookalikeSpec ?? ''
    expect(JSON.parse(spec)).toEqual({
      type: 'custom_ratio',
      ratio: 0.02,
      starting_ratio: 0.01,
      country: 'FR',
    })
  })
})

const person = (name: string, fields: JsonObject) => ({
  fields: { EMAIL: `${name}@example.com`, ...fields },
})
const use = (name: string) =>
  sandbox.audiences
    .values()
    .next()
    .value?.dataUse.get(sha256Hex(`${name}@example.com`))
const add = async (records: ReturnType<typeof person>[], connection = meta) => {
  const audience = await connection.audiences.create({ name: 'People' })
  return connection.audiences.add({ audience, records, signal: never })
}
const uploads = () => sandbox.requests.filter(({ path }) => path.endsWith('/users')).length

describe('meta: Limited Data Use by person (1.2)', () => {
  it('is read from a trait or a consent; rows under different limits go in different requests of one session', async () => {
    const outcomes = await add([
      person('california', {
        DATA_PROCESSING_OPTIONS: 'LDU',
        DATA_PROCESSING_OPTIONS_COUNTRY: 1,
        DATA_PROCESSING_OPTIONS_STATE: 1000,
      }),
      person('denied', { DATA_PROCESSING_OPTIONS: 'denied' }),
      person('granted', { DATA_PROCESSING_OPTIONS: 'granted' }),
      person('silent', {}),
      person('limited', { DATA_PROCESSING_OPTIONS: true }),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill('applied'))
    expect(['california', 'denied', 'granted', 'silent', 'limited'].map(use)).toEqual([
      'LDU 1 1000',
      'LDU 0 0',
      'off',
      'off',
      'LDU 0 0',
    ])
    expect(uploads()).toBe(3)
  })

  it('outranks the connection’s own, which holds for those who say nothing', async () => {
    const limited = connectMeta(sandbox.url, { limited_data_use: { country: 1, state: 1000 } }, clock)
    await add([person('silent', {}), person('granted', { DATA_PROCESSING_OPTIONS: false })], limited)
    expect(['silent', 'granted'].map(use)).toEqual(['LDU 1 1000', 'off'])
  })

  it('limits where a value cannot be understood, and says so in the log without the person', async () => {
    await add([
      person('unclear', { DATA_PROCESSING_OPTIONS: 'perhaps', DATA_PROCESSING_OPTIONS_STATE: 'CA' }),
    ])
    expect(use('unclear')).toBe('LDU 0 0')
    const fields = meta.logs.map((log) => log.fields['field'])
    expect(fields).toEqual(['DATA_PROCESSING_OPTIONS', 'DATA_PROCESSING_OPTIONS_STATE'])
    expect(JSON.stringify(meta.logs)).not.toContain('example.com')
  })

  it('costs no request more where all rows are under the same limits', async () => {
    await add([
      person('a', { DATA_PROCESSING_OPTIONS: 'LDU' }),
      person('b', { DATA_PROCESSING_OPTIONS: 'yes' }),
    ])
    expect(uploads()).toBe(1)
  })
})

describe('meta: bad input, each with what the admin must do', () => {
  it.each([
    ['expired', 463, /expired.*new token/],
    ['revoked, the app removed', 458, /app was removed.*new token/],
    ['revoked by a new password', 460, /password.*new token/],
    ['stopped by a check of Meta', 459, /log in at facebook.com/],
  ])('a token that is %s', async (_, subcode, remedy) => {
    sandbox.revokeToken(subcode)
    const told = await remedyOf(find())
    expect(told.code).toBe('platform.auth_expired')
    expect(told.remedy).toMatch(remedy)
  })

  it('a token whose rights were reduced', async () => {
    sandbox.setPermissions(['ads_read'])
    const told = await remedyOf(meta.audiences.create({ name: 'List' }))
    expect(told).toEqual({
      code: 'platform.permission_missing',
      remedy: 'Grant ads_management to the system user.',
    })
  })

  it('a connection that now leads to another ad account', async () => {
    const id = await createAudience(sandbox, 'List')
    const moved = connectMeta(sandbox.url, { ad_account_id: 'act_999' }, clock)
    const told = await remedyOf(moved.audiences.find({ name: 'List', externalId: id }))
    expect(told.code).toBe('platform.account_changed')
    expect((await remedyOf(moved.audiences.find({ name: 'List' }))).remedy).toMatch(/assign the ad account/)
  })

  it('an audience that somebody deleted is not there, and is never taken for another', async () => {
    const id = await createAudience(sandbox, 'List')
    sandbox.deleteAudience(id)
    expect(await meta.audiences.find({ name: 'Gone', externalId: id })).toBeNull()
  })

  it.each([
    [470, /new audience/],
    [471, /Ads Manager/],
    [500, /Ads Manager/],
  ])('an audience that Meta closed (status %i)', async (status, remedy) => {
    const id = await createAudience(sandbox, 'List')
    sandbox.setAudienceStatus(id, status, ['name', 'description'])
    const told = await remedyOf(find())
    expect(told.code).toBe('platform.audience_unusable')
    expect(told.remedy).toMatch(remedy)
    await expect(find()).rejects.toMatchObject({
      params: { said: expect.stringMatching(/: name, description$/) },
    })
  })

  it.each([
    [100, 'expiring'],
    [411, 'low_match_rate'],
    [412, 'many_invalid_rows'],
  ])(
    'an audience in a worrying state (%i) still takes people, and the log tells it',
    async (status, word) => {
      const id = await createAudience(sandbox, 'List')
      sandbox.setAudienceStatus(id, status)
      expect(await find()).toMatchObject({ externalId: id })
      expect(meta.logs).toEqual([
        { event: 'meta_audience_status', fields: { connection: 'meta-ads', status: word } },
      ])
    },
  )

  it('terms that nobody accepted', async () => {
    sandbox.acceptTerms(false)
    const told = await remedyOf(meta.audiences.create({ name: 'List' }))
    expect(told.code).toBe('platform.terms_not_accepted')
    expect(told.remedy).toMatch(/customaudiences\/tos\/\?act=1234567890/)
  })

  it('an audience too small to take people off: each of them tells what to do', async () => {
    const audience = await meta.audiences.create({ name: 'List' })
    const records = [{ fields: { EMAIL: 'a@b.com' } }]
    await meta.audiences.add({ audience, records, signal: never })
    sandbox.refuseRemovalsBelow(100)
    expect(await meta.audiences.remove({ audience, records, signal: never })).toMatchObject([
      {
        status: 'rejected',
        reason: { code: 'audience_too_small', message: expect.stringMatching(/add people/) },
      },
    ])
  })

  it('an audience too small for ads to be shown is told with its size', async () => {
    const audience = await meta.audiences.create({ name: 'List' })
    expect(await meta.audiences.readSize(audience)).toMatchObject({ tooSmall: true })
  })

  it('an origin too small for a lookalike', async () => {
    const id = await createAudience(sandbox, 'List')
    const input = { name: 'Like', origin_audience_id: id, ratio: 0.01, countries: ['FR'] }
    const told = await remedyOf(Promise.resolve(meta.connection.action('create_lookalike')?.run(input)))
    expect(told.code).toBe('platform.audience_unusable')
    expect(told.remedy).toMatch(/another origin/)
  })

  it.each([
    [503, 'platform.transient'],
    [200, 'platform.unreadable_answer'],
  ])('HTML of a platform in maintenance (%i)', async (status, code) => {
    sandbox.faults.add({
      kind: 'reply',
      reply: { status, body: '<html><body>Down for maintenance</body></html>' },
    })
    await expect(find()).rejects.toMatchObject({ code })
  })

  it('a version of the API that ended is told once, while Meta still answers it', async () => {
    const old = connectMeta(sandbox.url, { api_version: 'v24.0' }, clock)
    await old.audiences.find({ name: 'List' })
    await old.audiences.find({ name: 'List' })
    expect(old.logs).toEqual([
      { event: 'meta_version_ended', fields: { connection: 'meta-ads', version: 'v24.0' } },
    ])
  })
})
