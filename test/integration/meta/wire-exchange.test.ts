import nock from 'nock'
import { describe, expect, it } from 'vitest'
import { sha256Hex } from '../../../connectors/meta/hashing.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { nockNetwork } from '../../support/nocked-network.ts'
import { connectMeta, never, startAt } from './graph.ts'

// Exchanges, values and Limited Data Use byte for byte, as section 1.2 of the platform notes has them. Nothing answers but nock.
const host = 'https://graph.facebook.com'
const query = { access_token: 'sandbox-token' }
const audience = { externalId: '23850000000000001', name: 'Big spenders' }
const email = (name: string): string => sha256Hex(`${name}@b.com`)
const person = (name: string, fields: JsonObject = {}) => ({ fields: { EMAIL: `${name}@b.com`, ...fields } })

nockNetwork()

/** Answers so many uploads to an edge; returns their bodies. */
function uploads(edge: string, count: number): Record<string, Record<string, unknown>>[] {
  const bodies: Record<string, Record<string, unknown>>[] = []
  nock(host)
    .post(`/v25.0/${audience.externalId}/${edge}`, (body) => bodies.push(body) > 0)
    .query(query)
    .times(count)
    .reply(200, { num_received: 1, num_invalid_entries: 0 })
  return bodies
}

const meta = (config: JsonObject = {}) => connectMeta(host, config, createFixedClock(startAt)).audiences

describe('meta: exchanges on the wire', () => {
  it('posts each part to usersreplace under one session, numbered from 1, the last one marked', async () => {
    const bodies = uploads('usersreplace', 2)
    const parts = (async function* () {
      yield [person('a')]
      yield [person('c')]
    })()
    const request = { audience, session: 'run-1/1', total: 2, state: null, signal: never, parts }
    const states = []
    for await (const { state } of meta().replace(request)) states.push(state)
    const session = { session_id: expect.any(Number), estimated_num_total: 2 }
    expect(bodies).toEqual([
      {
        payload: { schema: ['EMAIL'], data: [[email('a')]] },
        session: { ...session, batch_seq: 1, last_batch_flag: false },
      },
      {
        payload: { schema: ['EMAIL'], data: [[email('c')]] },
        session: { ...session, batch_seq: 2, last_batch_flag: true },
      },
    ])
    const ids = bodies.map(({ session: sent }) => sent?.['session_id'])
    expect(new Set(ids).size).toBe(1)
    expect(Number.isSafeInteger(ids[0])).toBe(true)
    expect(states).toEqual([{ sequence: 1 }, { sequence: 2 }])
  })

  it('sends the value of a value-based audience as a number, not hashed', async () => {
    const bodies = uploads('users', 1)
    const records = [person('a', { LOOKALIKE_VALUE: 44.5 }), person('c', { LOOKALIKE_VALUE: '0' })]
    await meta().add({ audience, settings: { is_value_based: true }, records, signal: never })
    expect(bodies[0]?.['payload']).toEqual({
      schema: ['EMAIL', 'LOOKALIKE_VALUE'],
      data: [
        [email('a'), 44.5],
        [email('c'), 0],
      ],
    })
  })

  it('creates a value-based audience as such', async () => {
    nock(host)
      .get('/v25.0/act_1234567890')
      .query({ ...query, fields: 'id,tos_accepted,user_tos_accepted' })
      .reply(200, {
        id: 'act_1234567890',
        tos_accepted: { custom_audience_tos: 1, value_based_custom_audience_tos: 1 },
      })
      .post('/v25.0/act_1234567890/customaudiences', {
        name: 'Worth',
        subtype: 'CUSTOM',
        customer_file_source: 'USER_PROVIDED_ONLY',
        is_value_based: true,
      })
      .query(query)
      .reply(200, { id: '7' })
    expect(await meta().create({ name: 'Worth', settings: { is_value_based: true } })).toMatchObject({
      externalId: '7',
    })
  })

  it('sends rows under different Limited Data Use in different requests, those without limits without its columns', async () => {
    const bodies = uploads('users', 2)
    const limits = {
      DATA_PROCESSING_OPTIONS: 'LDU',
      DATA_PROCESSING_OPTIONS_COUNTRY: 1,
      DATA_PROCESSING_OPTIONS_STATE: 1000,
    }
    const records = [person('a', limits), person('c')]
    await meta().add({ audience, records, signal: never })
    expect(bodies.map(({ payload }) => payload)).toEqual([
      { schema: ['EMAIL', ...Object.keys(limits)], data: [[email('a'), ['LDU'], 1, 1000]] },
      { schema: ['EMAIL'], data: [[email('c')]] },
    ])
    expect(bodies.map(({ session }) => [session?.['batch_seq'], session?.['last_batch_flag']])).toEqual([
      [1, false],
      [2, true],
    ])
  })
})
