import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { aServedHub, type ServedHub } from '../../support/a-served-hub.ts'

const page = z.looseObject({ next_cursor: z.string().nullable() })
const idText = z.object({ id: z.string() }).transform(({ id }) => id)

let hub: ServedHub
beforeAll(async () => {
  hub = await aServedHub()
})
afterAll(() => hub.close())

/** Names of all entries of a list, three a page. `between` is done after the first page. */
async function readAll(
  path: string,
  { list, name }: { readonly list: string; readonly name: z.ZodType<string> },
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<readonly string[]> {
  const told: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const { status, json } = await hub.call(`${path}?limit=3${query}`)
    expect(status).toBe(200)
    const answer = page.parse(json)
    const entries = z.array(name).parse(answer[list])
    expect(entries.length).toBeLessThanOrEqual(3)
    told.push(...entries)
    if (cursor === '') await between()
    cursor = answer.next_cursor
  }
  return told
}

const openErasure = (id: string, requestedAt: number): Promise<void> =>
  hub.hub.control.openErasure({
    id,
    state: 'accepted',
    actor: 'test',
    requestedAt,
    erasedHereAt: null,
    finishedAt: null,
    profileId: null,
    signal: null,
    counts: {},
    targets: [],
  })

const askApproval = (id: string, requestedAt: number): Promise<void> =>
  hub.hub.control.createApproval(
    {
      id,
      kind: 'new_destination',
      object: `sync/${id}`,
      digest: 'looked-at',
      state: 'waiting',
      requestedAt,
      requestedBy: 'user:ada',
      expiresAt: requestedAt + 86_400_000_000,
      decidedBy: null,
    },
    { at: requestedAt, actor: 'user:ada', action: 'approval_requested', object: `sync/${id}`, details: {} },
  )

const longAgo = 1_767_000_000_000
/** Four of one moment each, so that pages end among them; the newest first. */
const inMoments = ['8', '9', '4', '5', '6', '7', '0', '1', '2', '3']
const momentOf = (index: number): number => longAgo + Math.floor(index / 4)

describe('requests to erase', () => {
  it('are told in pages, newest first and each once, also where one came in between', async () => {
    for (let index = 0; index < 10; index += 1) await openErasure(`erasure-${index}`, momentOf(index))
    const told = await readAll('/v1/erasures', { list: 'erasures', name: idText }, () =>
      openErasure('erasure-newer', longAgo + 100),
    )
    expect(told).toEqual(inMoments.map((number) => `erasure-${number}`))
  })

  it('are found by their whole id, also where ids of others begin with it', async () => {
    await openErasure('erasure-1-again', longAgo)
    const { json } = await hub.call('/v1/erasures/erasure-1')
    expect(json).toMatchObject({ id: 'erasure-1' })
  })
})

describe('requests for approval', () => {
  it('are told in pages, newest first and each once, also where one came in between', async () => {
    for (let index = 0; index < 10; index += 1) await askApproval(`ask-${index}`, momentOf(index))
    const told = await readAll('/v1/approvals', { list: 'requests', name: idText }, () =>
      askApproval('ask-newer', longAgo + 100),
    )
    expect(told).toEqual(inMoments.map((number) => `ask-${number}`))
  })

  it('can be decided on however many came after them', async () => {
    for (let index = 0; index < 250; index += 1) await askApproval(`later-${index}`, longAgo + 1_000 + index)
    const { json } = await hub.call('/v1/approvals/ask-0/decision', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'decide-ask-0' },
      body: JSON.stringify({ digest: 'looked-at', approve: false }),
    })
    expect(json).toMatchObject({ id: 'ask-0', state: 'refused' })
  })
})

const hold = (stream: string, place: string, code = 'row.unreadable'): Promise<number> =>
  hub.hub.duckdb.run(
    `INSERT INTO quarantine VALUES ('shop', $1, $2, $3, 'odd', '{}', 'r1', TIMESTAMP '2026-11-20')`,
    [stream, place, code],
  )

describe('the quarantine', () => {
  const name = z
    .object({ stream: z.string(), place: z.string(), code: z.string() })
    .transform(({ stream, place, code }) => `${stream} ${place} ${code}`)

  it('is told in pages, in the order of lines and each entry once, also where one came in between', async () => {
    const long = 'x'.repeat(400)
    for (const line of [10, 2, 1, 11, 3]) await hold('orders', `line ${line}`)
    await hold('orders', 'line 2', 'row.too_long')
    for (const end of ['a', 'b', 'c', 'd', 'e']) await hold('people', `${long}${end}`)
    const told = await readAll('/v1/quarantine', { list: 'entries', name }, () => hold('orders', 'line 0'))
    const lines = ['1', '2', '2', '3', '10', '11'].map((line) =>
      expect.stringMatching(`^orders line ${line} `),
    )
    expect(told.slice(0, 6)).toEqual(lines)
    expect(told.slice(6).toSorted()).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map((end) => `people ${long}${end} row.unreadable`),
    )
    expect(new Set(told).size).toBe(11)
  })

  it('gives whoever sees it masked no name in its cursors', async () => {
    const authorization = `Bearer ${await hub.key('masked', ['people:read_masked'])}`
    await hold('a-first', 'ada@example.com')
    const { json } = await hub.call('/v1/quarantine?limit=1', { headers: { authorization } })
    const { next_cursor: cursor } = page.parse(json)
    expect(JSON.stringify(json)).not.toContain('ada@')
    expect(Buffer.from(cursor ?? '', 'base64url').toString('latin1')).not.toContain('ada@')
  })
})

describe('pairs of the review list', () => {
  it('are told in pages, the heaviest first and each once, also where one came in between', async () => {
    const { duckdb } = hub.hub
    const add = (weight: string, limit: number): Promise<number> =>
      duckdb.run(`INSERT INTO identity_review
        SELECT a.record_id, b.record_id, ${weight}, 'held_back' FROM record_trait a JOIN record_trait b ON a.record_id < b.record_id
        WHERE a.profile_id <> b.profile_id AND NOT EXISTS
          (SELECT 1 FROM identity_review r WHERE r.left_record = a.record_id AND r.right_record = b.record_id)
        ORDER BY ALL LIMIT ${limit}`)
    expect(await add('1.1 + 0.1 * ((a.record_id + b.record_id) % 3)', 10)).toBe(10)
    const expected = await duckdb.all<{ pair: string }>(
      `SELECT left_record || '-' || right_record AS pair FROM identity_review ORDER BY weight DESC, left_record, right_record`,
    )
    const name = z.object({ pair: z.string() }).transform(({ pair }) => pair)
    const told = await readAll('/v1/profile-review', { list: 'pairs', name }, () => add('9', 1))
    expect(told).toEqual(expected.map(({ pair }) => pair))
  })
})

it('a cursor of another list, of nobody or changed by a letter is refused', async () => {
  const { json } = await hub.call('/v1/erasures?limit=1')
  const cursor = page.parse(json).next_cursor ?? ''
  const changed = `${cursor.slice(0, -3)}${cursor.at(-3) === 'A' ? 'B' : 'A'}${cursor.slice(-2)}`
  for (const path of [
    '/v1/erasures?cursor=bm9uc2Vuc2U',
    `/v1/approvals?cursor=${cursor}`,
    `/v1/erasures?cursor=${changed}`,
  ])
    expect({ path, status: (await hub.call(path)).status }).toEqual({ path, status: 400 })
  expect((await hub.call(`/v1/erasures?limit=1&cursor=${cursor}`)).status).toBe(200)
})
