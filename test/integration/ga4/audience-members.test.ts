import { afterEach, describe, expect, it, vi } from 'vitest'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { connectGa4, openGa4, readAll, startAt } from './open-ga4.ts'

type Opened = Awaited<ReturnType<typeof openGa4>>
let opened: Opened | undefined
afterEach(() => opened?.sandbox.close())

const people = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({
    userId: `crm-${from + index}`,
    deviceId: `${from + index}.1700000000`,
  }))
const config = { audience_export: { audience_ids: ['11'] } }
const purchasers = (members = people(3)) => ({ audiences: [{ id: '11', name: 'Purchasers', members }] })
const idsOf = (pages: Awaited<ReturnType<typeof readAll>>) =>
  pages.flatMap(({ records }) => records).map(({ fields }) => fields['user_id'])
const exportsMade = ({ sandbox }: Opened) =>
  sandbox.ledger.filter(({ operation }) => operation === 'export').length
const isCreation = ({ act }: { readonly act: string }) => act === 'creating an audience export'

describe('ga4: audience members', () => {
  it('waits for the export by the clock of the hub, once a minute', async () => {
    opened = await openGa4(config, purchasers())
    expect(idsOf(await readAll(opened.connection, 'audience_members'))).toEqual(['crm-0', 'crm-1', 'crm-2'])
    expect(opened.clock.sleeps).toEqual(Array.from({ length: 15 }, () => 60_000))
  })

  it('uses an export again that is young enough, because making one costs tokens', async () => {
    opened = await openGa4(config, purchasers())
    await readAll(opened.connection, 'audience_members')
    opened.clock.advance(23 * 3_600_000)
    await readAll(opened.connection, 'audience_members')
    expect(exportsMade(opened)).toBe(1)
    opened.clock.advance(3_600_000)
    opened.sandbox.setMembers('11', people(1, 7))
    expect(idsOf(await readAll(opened.connection, 'audience_members'))).toEqual(['crm-7'])
    expect(exportsMade(opened)).toBe(2)
  })

  it('finds the export that it made where the operation does not name it', async () => {
    opened = await openGa4(config, purchasers())
    opened.sandbox.property.operationNamesExport = false
    expect(idsOf(await readAll(opened.connection, 'audience_members'))).toHaveLength(3)
    expect(exportsMade(opened)).toBe(1)
  })

  it('is never made twice blindly, and costs its tokens', async () => {
    opened = await openGa4(config, purchasers())
    await readAll(opened.connection, 'audience_members')
    expect(opened.calls.filter(isCreation)).toMatchObject([{ repeatable: false, cost: 10 }])
  })

  it('starts the audience again when its export has ended while the run was parked', async () => {
    opened = await openGa4({ ...config, rows_per_request: 2 }, purchasers(people(5)))
    const pages = await readAll(opened.connection, 'audience_members')
    opened.clock.advance(73 * 3_600_000)
    const rest = await readAll(opened.connection, 'audience_members', pages[0]?.cursor ?? null)
    expect(idsOf(rest)).toEqual(['crm-0', 'crm-1', 'crm-2', 'crm-3', 'crm-4'])
  })

  it('says why an export failed, and parks when it was the quota', async () => {
    opened = await openGa4(config, purchasers())
    opened.sandbox.failNextExport('Quota tokens were exhausted while creating.')
    await expect(readAll(opened.connection, 'audience_members')).rejects.toMatchObject({
      code: 'platform.quota_exhausted',
    })
    opened.sandbox.failNextExport('Internal problem.')
    await expect(readAll(opened.connection, 'audience_members')).rejects.toMatchObject({
      code: 'platform.transient',
    })
    expect(idsOf(await readAll(opened.connection, 'audience_members'))).toHaveLength(3)
  })

  it('says which role is missing when exports are refused (trap 1)', async () => {
    opened = await openGa4(config, { ...purchasers(), role: 'analyst' })
    await expect(readAll(opened.connection, 'audience_members')).rejects.toMatchObject({
      code: 'platform.permission_missing',
      params: { remedy: expect.stringContaining('Editor or Marketer') },
    })
    await expect(readAll(opened.connection, 'daily_report')).resolves.toHaveLength(1)
  })

  it('sets a row aside that names nobody, and takes "(not set)" for no id', async () => {
    const members = [{ userId: '(not set)', deviceId: '5.6' }, { userId: 'crm-1' }, {}]
    opened = await openGa4(config, { audiences: [{ id: '11', name: 'Purchasers', members }] })
    const [page] = await readAll(opened.connection, 'audience_members')
    expect(page?.records.map(({ fields }) => [fields['user_id'], fields['device_id']])).toEqual([
      [null, '5.6'],
      ['crm-1', null],
    ])
    expect(page?.quarantined).toMatchObject([
      { place: 'audience 11, row 3', reason: { code: 'missing_identifier' } },
    ])
  })

  it('tells an unknown audience as not found, and reads an empty one as empty', async () => {
    opened = await openGa4({ audience_export: { audience_ids: ['99'] } }, purchasers())
    await expect(readAll(opened.connection, 'audience_members')).rejects.toMatchObject({
      code: 'platform.not_found',
    })
    await opened.sandbox.close()
    opened = await openGa4(config, purchasers([]))
    expect(await readAll(opened.connection, 'audience_members')).toMatchObject([{ records: [], progress: 1 }])
  })

  it('stops waiting when the run is aborted', async () => {
    opened = await openGa4(config, purchasers())
    const { sandbox } = opened
    const clock = createFixedClock(startAt)
    const { connection } = connectGa4({ base_url: sandbox.url, ...config }, clock)
    const stop = new AbortController()
    const request = { cursor: null, fields: [], signal: stop.signal }
    const reading = connection.source('audience_members')?.read(request)[Symbol.asyncIterator]().next()
    const ended = reading?.catch((thrown: unknown) => thrown)
    await vi.waitFor(() => expect(clock.sleeps).toHaveLength(1))
    const asked = sandbox.requests.length
    stop.abort()
    expect(await ended).toMatchObject({ message: expect.stringContaining('abort') })
    expect(sandbox.requests).toHaveLength(asked)
  })
})
