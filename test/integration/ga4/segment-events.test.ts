import { afterEach, describe, expect, it } from 'vitest'
import type { JsonValue } from '../../../core/port/json.ts'
import { never, openGa4 } from './open-ga4.ts'

type Opened = Awaited<ReturnType<typeof openGa4>>
let opened: Opened | undefined
afterEach(() => opened?.sandbox.close())

const record = (fields: Record<string, JsonValue>) => ({ fields })

async function open(config = {}, options = {}) {
  opened = await openGa4(config, options)
  const destination = opened.connection.destination('segment_events')
  if (!destination?.create || !destination.remove) throw new Error('the destination lacks a part')
  const audience = await destination.create({ name: 'Big spenders' })
  const { remove } = destination
  return {
    ...opened,
    destination,
    audience,
    add: (...fields: Record<string, JsonValue>[]) =>
      destination.add({ audience, records: fields.map(record), signal: never }),
    remove: (...fields: Record<string, JsonValue>[]) =>
      remove({ audience, records: fields.map(record), signal: never }),
  }
}

const collected = ({ requests }: Opened['sandbox']) =>
  requests.filter(({ path }) => path === '/mp/collect').length

describe('ga4: segment events', () => {
  it('tells entries and exits of each person, and where they stand', async () => {
    const { sandbox, audience, add, remove } = await open()
    await add({ user_id: 'crm-1' }, { client_id: '1326744211.1700000000', user_id: 'crm-2', tier: 'gold' })
    await remove({ user_id: 'crm-1' })
    const [first, second] = ['crm-1', 'crm-2'].map((id) => sandbox.users.get(id))
    expect(first?.events.map(({ name }) => name)).toEqual(['segment_entered', 'segment_exited'])
    const property = audience.externalId.split('/').at(-1) ?? ''
    expect(first?.properties.get(property)).toBe('out')
    expect(second?.properties).toEqual(
      new Map([
        [property, 'in'],
        ['tier', 'gold'],
      ]),
    )
    expect(sandbox.property.discarded).toEqual([])
  })

  it('cannot be repeated, and says so: an event that is sent twice counts twice', async () => {
    const { sandbox, destination, add } = await open()
    expect(destination.capabilities.repeatable ?? false).toBe(false)
    await add({ user_id: 'crm-1' })
    await add({ user_id: 'crm-1' })
    expect(sandbox.users.get('crm-1')?.events).toHaveLength(2)
  })

  it('leaves a record unknown whose request got no answer, and the others done', async () => {
    const { sandbox, add } = await open()
    sandbox.faults.add({ kind: 'cut', when: 'after', match: /^POST \/mp\/collect/ })
    const outcomes = await add({ user_id: 'a' }, { user_id: 'b' }, { user_id: 'c' })
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['applied', 'applied', 'unknown'])
    expect(sandbox.users.size).toBe(3)
  })

  it('leaves a record failed that a proxy refused, and stops the batch when all were', async () => {
    const { sandbox, add } = await open()
    await add({ user_id: 'z' })
    const refusal = {
      kind: 'reply',
      match: /^POST \/mp\/collect/,
      reply: { status: 403, body: '<html>' },
    } as const
    sandbox.faults.add(refusal)
    const outcomes = await add({ user_id: 'a' }, { user_id: 'b' })
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['applied', 'failed'])
    sandbox.faults.add({ ...refusal, times: 2 })
    await expect(add({ user_id: 'a' }, { user_id: 'b' })).rejects.toMatchObject({
      code: 'platform.permission_missing',
    })
  })

  it('takes a page with status 200 for no success', async () => {
    const { sandbox, add } = await open()
    await add({ user_id: 'z' })
    sandbox.faults.add({
      kind: 'reply',
      match: /^POST \/mp\/collect/,
      reply: { status: 200, body: '<html>' },
    })
    expect(await add({ user_id: 'a' })).toMatchObject([
      { status: 'unknown', reason: { code: 'unreadable_answer' } },
    ])
  })

  it('sends nothing at all of a batch that the debug endpoint refuses', async () => {
    const { sandbox, add } = await open()
    sandbox.faults.add({
      kind: 'reply',
      match: /^POST \/debug\/mp\/collect/,
      reply: {
        status: 200,
        body: {
          validationMessages: [
            {
              fieldPath: 'events.name',
              description: 'Name of ada@example.com is reserved',
              validationCode: 'NAME_RESERVED',
            },
          ],
        },
      },
    })
    await expect(add({ user_id: 'a' })).rejects.toMatchObject({
      code: 'platform.invalid_request',
      params: { reason: 'NAME_RESERVED', names: 'events.name', said: expect.not.stringContaining('ada@') },
    })
    expect(collected(sandbox)).toBe(0)
  })

  it('validates again after an hour, and separately for exits', async () => {
    const { sandbox, add, remove, clock } = await open()
    const validations = () => sandbox.requests.filter(({ path }) => path === '/debug/mp/collect').length
    await add({ user_id: 'a' })
    await add({ user_id: 'b' })
    expect(validations()).toBe(1)
    await remove({ user_id: 'a' })
    expect(validations()).toBe(2)
    clock.advance(3_600_000)
    await add({ user_id: 'c' })
    expect(validations()).toBe(3)
  })

  it('never sends personal data, hashed or not; neighbours go on', async () => {
    const { sandbox, add } = await open()
    const outcomes = await add(
      { user_id: 'ada@example.com' },
      { user_id: 'crm-1' },
      { user_id: 'crm-2', note: '+33 6 12 34 56 78' },
      { user_id: '973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b' },
    )
    expect(outcomes.map((each) => ('reason' in each ? each.reason?.code : each.status))).toEqual([
      'personal_data',
      'applied',
      'personal_data',
      'personal_data',
    ])
    expect([...sandbox.users.keys()]).toEqual(['crm-1'])
  })

  it('sends nothing when every record is refused', async () => {
    const { sandbox, add } = await open()
    const before = sandbox.requests.length
    await add({ user_id: 'ada@example.com' }, {})
    expect(sandbox.requests).toHaveLength(before)
  })

  it('cannot notice a wrong secret by sending, so the connection test looks it up (trap 4)', async () => {
    const { sandbox, add, connection } = await open({ measurement_api_secret: 'wrong' })
    expect(await add({ user_id: 'a' })).toEqual([{ status: 'applied' }])
    expect(sandbox.property.discarded).toEqual(['wrong stream or secret'])
    expect(await connection.test()).toContainEqual(
      expect.objectContaining({ name: 'the measurement secret is one of the stream', ok: false }),
    )
  })

  it('refuses to send without a stream and a secret, naming the settings', async () => {
    const { add } = await open({ measurement_id: undefined, measurement_api_secret: undefined })
    await expect(add({ user_id: 'a' })).rejects.toMatchObject({
      code: 'platform.invalid_request',
      params: { said: expect.stringContaining('measurement_id') },
    })
  })

  it('makes one custom dimension a segment, found again after its display name was changed', async () => {
    const { sandbox, destination, audience } = await open()
    const [made] = sandbox.property.dimensions.values()
    if (made) sandbox.property.dimensions.set(made.id, { ...made, displayName: 'Renamed by hand' })
    expect((await destination.find({ name: 'Big spenders' }))?.externalId).toBe(audience.externalId)
    await expect(destination.create?.({ name: 'Big spenders' })).rejects.toMatchObject({
      code: 'platform.invalid_request',
    })
    expect(sandbox.property.dimensions.size).toBe(1)
  })
})

describe('ga4: actions and erasure', () => {
  it('makes an audience of the members of a segment and lists it', async () => {
    const { connection } = await open()
    const made = await connection
      .action('create_audience')
      ?.run({ name: 'Big spenders', segment: 'Big spenders' })
    const listed = await connection.action('list_audiences')?.run({})
    expect(listed).toMatchObject({
      audiences: [{ id: made?.['id'], name: 'Big spenders', membership_duration_days: 30 }],
    })
  })

  it('lists all audiences, page by page', async () => {
    const audiences = Array.from({ length: 450 }, (_, index) => ({
      id: String(index + 1),
      name: `a${index}`,
      members: [],
    }))
    const { connection } = await open({}, { audiences })
    const listed = await connection.action('list_audiences')?.run({})
    expect(listed?.['audiences']).toHaveLength(450)
  })

  it('refuses an audience without a rule, too long, or of a reserved property', async () => {
    const { connection } = await open()
    const create = async (input: object) => connection.action('create_audience')?.run({ name: 'x', ...input })
    await expect(create({})).rejects.toThrow(/segment or user_property/)
    await expect(create({ segment: 'x', membership_duration_days: 541 })).rejects.toThrow(/540/)
    await expect(create({ user_property: 'ga_x' })).rejects.toThrow(/user_property/)
  })

  it('asks for the deletion of each id that was ever sent, once, also of those that stood for a client id', async () => {
    const { connection, sandbox } = await open()
    const sent = [{ user_id: 'crm-1' }, { user_id: 'crm-1', client_id: '5.1700000000' }, { tier: 'gold' }]
    expect(await connection.erase?.({ keys: [], sent })).toMatchObject({ status: 'erased' })
    const deletions = sandbox.ledger.filter(({ operation }) => operation === 'delete_user')
    expect(deletions.map(({ target, members }) => [target, ...members])).toEqual([
      ['userId', 'crm-1'],
      ['clientId', 'crm-1'],
      ['clientId', '5.1700000000'],
    ])
    expect(await connection.erase?.({ keys: [], sent: [{}] })).toMatchObject({ status: 'not_found' })
  })

  it('deletes by exactly one id', async () => {
    const { connection } = await open()
    const remove = async (input: object) => connection.action('delete_user')?.run(input)
    await expect(remove({})).rejects.toThrow(/exactly one/)
    await expect(remove({ user_id: 'a', client_id: 'b' })).rejects.toThrow(/exactly one/)
  })

  it('tells what is missing, line by line, when the connection is tested', async () => {
    const { connection, sandbox } = await open()
    expect((await connection.test()).map(({ ok }) => ok)).toEqual([true, true, true, true, true])
    sandbox.setRole('viewer')
    expect((await connection.test()).filter(({ ok }) => !ok)).toMatchObject([
      { name: 'the measurement secret is one of the stream', remedy: expect.stringContaining('Editor') },
    ])
    sandbox.setRole('none')
    expect(await connection.test()).toMatchObject([{ name: 'the property can be read', ok: false }])
  })
})
