import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256 } from '../../../connectors/google-ads/hashing.ts'
import type { Audience, DestinationRecord } from '../../../core/connector/destination.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { halfAnHour, listIdOf, never, openGoogleAds, people, type OpenGoogleAds } from './open-google-ads.ts'

let ads: OpenGoogleAds
let audience: Audience
beforeEach(async () => {
  ads = await openGoogleAds()
  audience = await ads.lists.create({ name: 'Big spenders' })
})
afterEach(() => ads.sandbox.close())

const hex = (text: string): string => sha256(text, 'hex')
const listOf = () => ads.sandbox.lists.get(listIdOf(audience))
const members = (): string[] => [...(listOf()?.members.keys() ?? [])]
const add = (records: readonly DestinationRecord[]) => ads.lists.add({ audience, records, signal: never })
const remove = (records: readonly DestinationRecord[]) =>
  ads.lists.remove({ audience, records, signal: never })
const uploads = () => ads.sandbox.requests.filter(({ path }) => path.startsWith('/v1/audienceMembers'))

const failure = async (act: Promise<unknown>): Promise<PlatformError> => {
  const error = await act.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PlatformError)
  return error as PlatformError
}

describe('google-ads: lists', () => {
  it('tells a size once Google shows one, with its rounding, and nothing before', async () => {
    await add(people(432))
    ads.clock.advance(halfAnHour)
    expect(await ads.lists.readSize(audience)).toEqual({ atLeast: null, atMost: null })
    ads.clock.advance(ads.lists.visibleAfterMs)
    expect(await ads.lists.readSize(audience)).toEqual({ atLeast: 425, atMost: null })
  })

  it('keeps the membership duration of the connection', async () => {
    const short = await openGoogleAds({}, { membership_duration_days: 30 })
    const created = await short.lists.create({ name: 'x' })
    expect(short.sandbox.lists.get(listIdOf(created))?.membershipDuration).toBe('2592000s')
    await short.sandbox.close()
  })

  it('keeps the list through its account and number, both above what a number holds (B45, trap 13)', async () => {
    expect(audience.externalId).toBe('customers/1234567890/userLists/9007199254740994')
    const other = { ...audience, externalId: 'customers/5555555555/userLists/9007199254740994' }
    const error = await failure(ads.lists.add({ audience: other, records: people(1), signal: never }))
    expect(error.code).toBe('platform.account_changed')
    expect(uploads()).toEqual([])
  })

  it('finds a list by name over all pages, and by id whatever its name', async () => {
    const open = await openGoogleAds({ limits: 'off' })
    for (let index = 0; index < 1_001; index += 1) await open.lists.create({ name: `List ${index}` })
    const last = await open.lists.find({ name: 'List 1000' })
    expect(last).toMatchObject({ name: 'List 1000' })
    const externalId = last?.externalId ?? ''
    expect(await open.lists.find({ name: 'renamed', externalId })).toEqual(last)
    await open.sandbox.close()
  })

  it('never looks for another list when the known one was deleted (B51)', async () => {
    ads.sandbox.deleteList(listIdOf(audience))
    await ads.lists.create({ name: 'Big spenders' })
    expect(await ads.lists.find({ name: 'Big spenders', externalId: audience.externalId })).toBeNull()
  })

  it('stops when the list is deleted while people are being added (B51)', async () => {
    ads.sandbox.deleteList(listIdOf(audience))
    expect((await failure(add(people(1)))).code).toBe('platform.audience_unusable')
    expect((await failure(remove(people(1)))).code).toBe('platform.audience_unusable')
    expect(ads.sandbox.lists.size).toBe(0)
  })

  it('says what to do about a closed list', async () => {
    ads.sandbox.closeList(listIdOf(audience))
    const error = await failure(ads.lists.find({ name: 'Big spenders' }))
    expect(error.code).toBe('platform.audience_unusable')
    expect(error.params['remedy']).toContain('Open the list')
  })

  it('says so when the name is taken by a list that appeared meanwhile', async () => {
    const error = await failure(ads.lists.create({ name: 'Big spenders' }))
    expect(error.params['google_code']).toBe('DISPLAY_NAME_ALREADY_USED')
  })
})

describe('google-ads: terms and rights', () => {
  it('adds nobody until a person has declared the terms accepted, and calls nobody either', async () => {
    const open = await openGoogleAds({}, { customer_match_terms_accepted: false })
    const error = await failure(open.lists.create({ name: 'x' }))
    expect(error.code).toBe('platform.terms_not_accepted')
    expect(error.params['remedy']).toContain('customer_match_terms_accepted')
    expect(open.calls).toEqual([])
    const lines = await open.connection.test()
    expect(lines.map(({ ok }) => ok)).toEqual([true, true, true, false])
    await open.sandbox.close()
  })

  it('tells that Google does not know of the acceptance', async () => {
    ads.sandbox.acceptTerms(false)
    expect((await failure(add(people(1)))).code).toBe('platform.terms_not_accepted')
  })

  it('tells an account that is not allow-listed apart from a missing right (trap 4)', async () => {
    ads.sandbox.allowlist(false)
    const error = await failure(add(people(1)))
    expect(error.code).toBe('platform.permission_missing')
    expect(error.params['remedy']).toContain('has not allowed')
  })

  it.each([
    [{ managerId: '9876543210' }, {}],
    [{}, { login_customer_id: '987-654-3210' }],
  ])(
    'finds out at the connection test that the manager account is wrong: %j %j (trap 8)',
    async (there, here) => {
      const open = await openGoogleAds(there, here)
      const lines = await open.connection.test()
      expect(lines.map(({ ok }) => ok)).toEqual([true, false, false, true])
      expect(lines[2]?.remedy).toContain('login_customer_id')
      await open.sandbox.close()
    },
  )

  it('works through a manager account', async () => {
    const open = await openGoogleAds({ managerId: '9876543210' }, { login_customer_id: '987-654-3210' })
    const list = await open.lists.create({ name: 'x' })
    expect(await open.lists.add({ audience: list, records: people(1), signal: never })).toMatchObject([
      { status: 'accepted' },
    ])
    await open.sandbox.close()
  })
})

const act = (name: string, more = {}) => ads.act(name, { audience_id: audience.externalId, ...more })

describe('google-ads: actions on lists', () => {
  it('asks Google whether an upload would pass, and changes nothing (trap 12)', async () => {
    expect(await act('validate_upload')).toEqual({ audience_id: audience.externalId, valid: true })
    ads.clock.advance(halfAnHour)
    expect(members()).toEqual([])
    ads.sandbox.deleteList(listIdOf(audience))
    expect((await failure(act('validate_upload'))).code).toBe('platform.audience_unusable')
  })

  it('removes only who was last added before an instant', async () => {
    await add(people(3))
    ads.clock.advance(halfAnHour)
    const before = new Date(ads.clock.now()).toISOString()
    ads.clock.advance(60_000)
    await add(people(1))
    ads.clock.advance(halfAnHour)
    expect(await act('remove_older_members', { added_before: before })).toMatchObject({
      job: expect.stringMatching(/^request-/),
    })
    ads.clock.advance(halfAnHour)
    expect(members()).toEqual([hex('member0@example.com')])
  })

  it('insists on the instant, without which Google empties the list, and refuses one in the future', async () => {
    await expect(act('remove_older_members')).rejects.toMatchObject({ name: 'ZodError' })
    const future = new Date(ads.clock.now() + 1).toISOString()
    const error = await failure(act('remove_older_members', { added_before: future }))
    expect(error.code).toBe('platform.invalid_request')
    expect(uploads()).toEqual([])
  })
})

describe('google-ads: erasing a person', () => {
  it('takes a person off every list of the account, ten lists in a request', async () => {
    const lists = [audience]
    for (let index = 0; index < 11; index += 1) lists.push(await ads.lists.create({ name: `List ${index}` }))
    for (const list of lists) await ads.lists.add({ audience: list, records: people(2), signal: never })
    ads.clock.advance(halfAnHour)
    const person = { keys: [], sent: [{ email: 'old@example.com' }, { email: 'member0@example.com' }] }
    expect(await ads.connection.erase?.(person)).toMatchObject({ status: 'removed_from_audiences' })
    expect(uploads().filter(({ path }) => path.endsWith(':remove'))).toHaveLength(2)
    ads.clock.advance(halfAnHour)
    for (const list of ads.sandbox.lists.values())
      expect([...list.members.keys()]).toEqual([hex('member1@example.com')])
  })

  it('knows nobody by nothing', async () => {
    const person = { keys: ['x'], sent: [{ given_name: 'Ada' }] }
    expect(await ads.connection.erase?.(person)).toMatchObject({ status: 'not_found' })
    expect(uploads()).toEqual([])
  })
})
