import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startMetaSandbox, type MetaSandbox } from '../../../connectors/meta/sandbox/meta-sandbox.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { createAudience, graph, startAt } from './graph.ts'

// The sandbox's exchanges and value-based lists against section 1.2 of the platform notes; nothing goes through the connector.
const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
const payload = (...texts: string[]) => ({ schema: ['EMAIL'], data: texts.map((text) => [hash(text)]) })

let clock: FixedClock
let sandbox: MetaSandbox
let id: string
beforeEach(async () => {
  clock = createFixedClock(startAt)
  sandbox = await startMetaSandbox({ clock })
  id = await createAudience(sandbox, 'List')
  await graph(sandbox, 'POST', `${id}/users`, { payload: payload('old') })
})
afterEach(() => sandbox.close())

const send = async (session_id: number, batch_seq: number, text: string, last_batch_flag = false) => {
  const session = { session_id, batch_seq, last_batch_flag, estimated_num_total: 2 }
  const { body } = await graph(sandbox, 'POST', `${id}/usersreplace`, { payload: payload(text), session })
  const error = body['error'] as { code: number; error_subcode: number } | undefined
  return error ? [error.code, error.error_subcode] : 'taken'
}
const members = (): string[] => [...(sandbox.audiences.get(id)?.members ?? [])]
const status = async () =>
  (await graph(sandbox, 'GET', id, { fields: 'operation_status' })).body['operation_status']

describe('meta sandbox: usersreplace (1.2)', () => {
  it('wants payload and session both', async () => {
    for (const given of [{ payload: payload('a') }, { session: { session_id: 1, batch_seq: 1 } }])
      expect((await graph(sandbox, 'POST', `${id}/usersreplace`, given)).status).toBe(400)
  })

  it('is running (414) until the last batch, and holds the old members until then', async () => {
    expect(await send(1, 1, 'a')).toBe('taken')
    expect([await status(), members()]).toEqual([{ code: 414 }, [hash('old')]])
    expect(await send(1, 2, 'b', true)).toBe('taken')
    expect([await status(), members()]).toEqual([{ code: 200 }, [hash('a'), hash('b')]])
  })

  it('runs one replace at a time (1870145), and takes batch 1 once', async () => {
    await send(1, 1, 'a')
    expect(await send(2, 1, 'b')).toEqual([2650, 1_870_145])
    expect(await send(1, 1, 'a')).toEqual([2650, 1_870_145])
  })

  it('lets other numbers come again', async () => {
    await send(1, 1, 'a')
    await send(1, 2, 'b')
    expect(await send(1, 2, 'b')).toBe('taken')
  })

  it('refuses a session without its first batch (1870147) and one that is finished (1870159)', async () => {
    expect(await send(1, 2, 'a')).toEqual([2650, 1_870_147])
    await send(2, 1, 'a', true)
    expect(await send(2, 2, 'b')).toEqual([2650, 1_870_159])
  })

  it('ends after 90 minutes with what arrived (1870158, status 415); a new one may begin', async () => {
    await send(1, 1, 'a')
    clock.advance(90 * 60_000)
    expect(await send(1, 2, 'b')).toBe('taken')
    clock.advance(1)
    expect(await send(1, 3, 'c', true)).toEqual([2650, 1_870_158])
    expect([await status(), members()]).toEqual([{ code: 415 }, [hash('a'), hash('b')]])
    expect(await send(2, 1, 'd', true)).toBe('taken')
  })

  it('fails inside (1870148, status 415) and refuses 100 million people (1870144) when told to', async () => {
    sandbox.failExchange(id)
    expect(await send(1, 1, 'a')).toEqual([2650, 1_870_148])
    expect(await status()).toEqual({ code: 415 })
    sandbox.pretendHuge(id)
    expect(await send(2, 1, 'a')).toEqual([2650, 1_870_144])
  })
})

const rows = (schema: string[], row: unknown[]) => ({ payload: { schema, data: [[hash('a'), ...row]] } })

describe('meta sandbox: value-based lists and Limited Data Use (1.2)', () => {
  const create = { name: 'Worth', subtype: 'CUSTOM', customer_file_source: 'USER_PROVIDED_ONLY' }
  it('have terms of their own', async () => {
    sandbox.acceptValueTerms(false)
    const path = 'act_1234567890/customaudiences'
    const { body } = await graph(sandbox, 'POST', path, { ...create, is_value_based: true })
    expect(body['error']).toMatchObject({ code: 200, error_subcode: 1_870_092 })
  })

  it('take LOOKALIKE_VALUE in lists made for it, and only there', async () => {
    const path = 'act_1234567890/customaudiences'
    const { body } = await graph(sandbox, 'POST', path, { ...create, is_value_based: true })
    const valued = String(body['id'])
    const withValue = rows(['EMAIL', 'LOOKALIKE_VALUE'], [5])
    expect((await graph(sandbox, 'POST', `${valued}/users`, withValue)).status).toBe(200)
    expect((await graph(sandbox, 'POST', `${valued}/users`, rows(['EMAIL'], []))).status).toBe(400)
    expect((await graph(sandbox, 'POST', `${id}/users`, withValue)).status).toBe(400)
    expect((await graph(sandbox, 'GET', valued, { fields: 'is_value_based' })).body).toMatchObject({
      is_value_based: true,
    })
  })

  it('count a row with a wrong value or a wrong option as invalid', async () => {
    const options = [
      'DATA_PROCESSING_OPTIONS',
      'DATA_PROCESSING_OPTIONS_COUNTRY',
      'DATA_PROCESSING_OPTIONS_STATE',
    ]
    const { body } = await graph(sandbox, 'POST', `${id}/users`, rows(['EMAIL', ...options], ['LDU', 0, 0]))
    expect(body).toMatchObject({ num_invalid_entries: 1 })
    await graph(sandbox, 'POST', `${id}/users`, rows(['EMAIL', ...options], [['LDU'], 1, 1000]))
    expect(sandbox.audiences.get(id)?.dataUse.get(hash('a'))).toBe('LDU 1 1000')
  })
})
