import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { aServedHub, type ServedHub } from '../../support/a-served-hub.ts'

const page = z.object({
  erasures: z.array(z.object({ id: z.string() })),
  next_cursor: z.string().nullable(),
})

let hub: ServedHub
beforeAll(async () => {
  hub = await aServedHub()
})
afterAll(() => hub.close())

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

it('requests to erase are told in pages, newest first and each once, also where one came in between', async () => {
  // Several of one moment: a page ends among them.
  for (let index = 0; index < 10; index += 1)
    await openErasure(`erasure-${index}`, 1_767_000_000_000 + Math.floor(index / 4))
  const told: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const { status, json } = await hub.call(`/v1/erasures?limit=3${query}`)
    expect(status).toBe(200)
    const { erasures, next_cursor: next } = page.parse(json)
    expect(erasures.length).toBeLessThanOrEqual(3)
    for (const { id } of erasures) told.push(id)
    if (cursor === '') await openErasure('erasure-newer', 1_767_000_000_100)
    cursor = next
  }
  expect(told).toEqual(
    ['8', '9', '4', '5', '6', '7', '0', '1', '2', '3'].map((number) => `erasure-${number}`),
  )
})

it('a request is found by its whole id, also where ids of others begin with it', async () => {
  await openErasure('erasure-1-again', 1_767_000_000_000)
  const { json } = await hub.call('/v1/erasures/erasure-1')
  expect(json).toMatchObject({ id: 'erasure-1' })
})

it('a cursor of another list is refused', async () => {
  const { status } = await hub.call('/v1/erasures?cursor=bm9uc2Vuc2U')
  expect(status).toBe(400)
})
