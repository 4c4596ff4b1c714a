import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Fault } from '../../../connectors/sandbox-kit/faults.ts'
import type { Audience } from '../../../core/connector/destination.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { createTranslator } from '../../../hub-server/locales/translate.ts'
import { connectGa4, never, openGa4, readAll } from './open-ga4.ts'

// Each kind of bad input with its own error, and what the admin reads: the words of the error catalogue, not only the code.
type Opened = Awaited<ReturnType<typeof openGa4>>
let opened: Opened
let audience: Audience
const rows = [{ date: '2026-11-20', sessionCampaignName: 'spring', sessions: 3 }]

const destinationOf = ({ connection }: Pick<Opened, 'connection'>) => {
  const destination = connection.destination('segment_events')
  if (!destination?.create) throw new Error('no destination')
  return { ...destination, create: destination.create }
}
beforeEach(async () => {
  opened = await openGa4({ audience_export: { audience_ids: ['11'] } }, { rows })
  audience = await destinationOf(opened).create({ name: 'vip' })
})
afterEach(() => opened.sandbox.close())

const translator = createTranslator('en')
const read = () => readAll(opened.connection, 'daily_report')
const add = ({ connection } = opened) =>
  destinationOf({ connection }).add({ audience, records: [{ fields: { user_id: 'crm-1' } }], signal: never })

/** The code, and what the admin is told to do. */
async function told(act: Promise<unknown>): Promise<{ code: string; repair: string }> {
  const error = await act.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PlatformError)
  const { code, params } = error as PlatformError
  return { code, repair: translator.error({ code, params }).repair }
}

const refusal = (status: number, name: string, reason: string): Fault => ({
  kind: 'reply',
  match: /v1beta|v1alpha/,
  reply: {
    status,
    body: {
      error: {
        code: status,
        status: name,
        message: 'no',
        details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason }],
      },
    },
  },
})

describe('ga4: bad input', () => {
  it('expired or revoked access: make new access', async () => {
    opened.sandbox.revoke(true)
    expect(await told(read())).toEqual({
      code: 'platform.auth_expired',
      repair: expect.stringContaining('Create new access'),
    })
  })

  it('a scope that was taken away: authorise again with the scopes, which are named', async () => {
    opened.sandbox.faults.add(refusal(403, 'PERMISSION_DENIED', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'))
    expect(await told(read())).toEqual({
      code: 'platform.permission_missing',
      repair: 'Authorise again with the scopes analytics.readonly and analytics.edit.',
    })
  })

  it('a role that was taken away: which role the property needs', async () => {
    opened.sandbox.setRole('none')
    expect(await told(read())).toEqual({
      code: 'platform.permission_missing',
      repair: expect.stringMatching(/Viewer for reports, Editor or Marketer for audiences/),
    })
  })

  it('an API that was switched off: which one to enable', async () => {
    opened.sandbox.faults.add(refusal(403, 'PERMISSION_DENIED', 'SERVICE_DISABLED'))
    expect(await told(read())).toEqual({
      code: 'platform.permission_missing',
      repair: expect.stringContaining('Enable the API'),
    })
  })

  it('another property behind the same connection: set the number back, and nobody is told to the other', async () => {
    const other = connectGa4({ base_url: opened.sandbox.url, property_id: '555555555' }, opened.clock)
    const before = opened.sandbox.requests.length
    const destination = destinationOf(other)
    const records = [{ fields: { user_id: 'crm-1' } }]
    for (const act of [
      destination.find({ name: audience.name, externalId: audience.externalId }),
      destination.add({ audience, records, signal: never }),
    ])
      expect(await told(act)).toEqual({
        code: 'platform.account_changed',
        repair: expect.stringContaining('Set property_id back to 123456789'),
      })
    expect(opened.sandbox.requests).toHaveLength(before)
  })

  it('a custom dimension that was archived: it is not found, so the hub makes none of its own accord', async () => {
    opened.sandbox.property.dimensions.clear()
    const wanted = { name: audience.name, externalId: audience.externalId }
    expect(await destinationOf(opened).find(wanted)).toBeNull()
  })

  it('an audience to read that was archived: not found', async () => {
    expect((await told(readAll(opened.connection, 'audience_members'))).code).toBe('platform.not_found')
  })

  it('a metric that is gone or was renamed: its name', async () => {
    const { connection } = connectGa4({
      base_url: opened.sandbox.url,
      report: { dimensions: ['sessionCampaignName'], metrics: ['conversionsOfOld'] },
    })
    const error = await readAll(connection, 'daily_report').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'platform.invalid_request', params: { names: 'conversionsOfOld' } })
  })

  it('terms of user data collection that nobody accepted show as a secret that the stream does not have', async () => {
    opened.sandbox.property.secrets.splice(0)
    expect((await opened.connection.test()).filter(({ ok }) => !ok)).toEqual([
      {
        name: 'the measurement secret is one of the stream',
        ok: false,
        remedy: expect.stringContaining('Measurement Protocol API secrets'),
      },
    ])
  })

  it('too small groups: each record says that Google hides some, and the log does', async () => {
    opened.sandbox.setFlags({ thresholded: true })
    const [page] = await readAll(opened.connection, 'daily_report', null, [
      'sessions',
      'report_is_thresholded',
    ])
    expect(page?.records.map(({ fields }) => fields['report_is_thresholded'])).toEqual([true])
    expect(opened.logs.map(({ event }) => event)).toContain('report_weakened')
  })

  const page = '<!DOCTYPE html><html><title>Down for maintenance</title></html>'
  it.each([
    [503, 'platform.transient', /Run again later/],
    [200, 'platform.unreadable_answer', /maintenance page/],
  ])(
    'maintenance that answers HTML with %i: run again later; nothing is lost',
    async (status, code, words) => {
      opened.sandbox.faults.add({ kind: 'reply', match: /runReport/, reply: { status, body: page } })
      expect(await told(read())).toEqual({ code, repair: expect.stringMatching(words) })
      expect((await read()).flatMap(({ records }) => records)).toHaveLength(1)
    },
  )

  it('maintenance in front of the collector leaves the event in doubt, and never calls it sent', async () => {
    await add()
    opened.sandbox.faults.add({
      kind: 'reply',
      match: /^POST \/mp\/collect/,
      reply: { status: 200, body: page },
    })
    expect(await add()).toMatchObject([{ status: 'unknown' }])
  })
})
