import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SourceRecord } from '../../../core/connector/source.ts'
import { aMapping, aProfileStore, aRecord, ordersMapping, type TestStore } from './a-profile-store.ts'

/** Enough for the store to normalise a page while the next one is read. Every tenth is its neighbour again. */
const people = (from: number, count = 1200): SourceRecord[] =>
  Array.from({ length: count }, (_, index) => {
    const n = from + index
    return aRecord(`c${n}`, {
      email: `p${n % 10 === 9 ? n - 1 : n}@example.com`,
      first_name: `First${n}`,
      points: n % 7 === 0 ? 'many' : String(n),
      newsletter: n % 3 === 0 ? 'no' : 'yes',
    })
  })

const mappings = [aMapping(), ordersMapping]

async function contents({ duckdb }: TestStore) {
  return {
    profiles: await duckdb.all(`SELECT * FROM profile ORDER BY profile_id`),
    records: await duckdb.all(
      `SELECT record_id, profile_id, trait_points, deleted FROM record_trait ORDER BY ALL`,
    ),
    identifiers: await duckdb.all(`SELECT * FROM every_identifier ORDER BY ALL`),
    events: await duckdb.all(`SELECT message_id, profile_id FROM event ORDER BY ALL`),
  }
}

/** What comes of the same steps in a store that knows its mappings beforehand and in one that does not. */
async function inBothWays(steps: (store: TestStore) => Promise<void>) {
  const outcomes = []
  for (const expected of [mappings, []]) {
    const store = await aProfileStore()
    store.store.expect(expected)
    await steps(store)
    const reports = [await store.refresh(mappings), await store.refresh(mappings)]
    outcomes.push({ reports, ...(await contents(store)) })
  }
  return { foretold: outcomes[0], plain: outcomes[1] }
}

describe('profile store: normalising while pages are read', () => {
  it('gives what a refresh alone gives', async () => {
    const { foretold, plain } = await inBothWays(async ({ write }) => {
      await write(people(0))
      await write(people(1200))
    })
    expect(foretold).toEqual(plain)
  })

  it('gives it when a record changed after it was normalised, and when one is deleted', async () => {
    const { foretold, plain } = await inBothWays(async ({ write }) => {
      await write(people(0))
      const later = Date.UTC(2026, 0, 2)
      await write([
        aRecord('c1', { email: 'p1@example.com', first_name: 'Anew' }, { versionAt: later }),
        aRecord('c2', {}, { versionAt: later, deleted: true }),
      ])
    })
    expect(foretold).toEqual(plain)
  })

  it('gives it when only a part of the pages was large enough, and with another stream between them', async () => {
    const { foretold, plain } = await inBothWays(async ({ write }) => {
      await write(people(0))
      await write([aRecord('o1', { email: 'p1@example.com', at: '2026-01-01', amount: 5 })], {
        stream: 'orders',
      })
      await write(people(1200))
      await write(people(2400, 10))
    })
    expect(foretold).toEqual(plain)
  })

  it('gives it when other mappings are asked for than were expected', async () => {
    const foretold = await aProfileStore()
    foretold.store.expect([aMapping({ traits: {} })])
    await foretold.write(people(0))
    const plain = await aProfileStore()
    await plain.write(people(0))
    expect(await foretold.refresh(mappings)).toEqual(await plain.refresh(mappings))
    expect(await contents(foretold)).toEqual(await contents(plain))
  })

  it('does the work again after a refresh that was interrupted', async () => {
    const foretold = await aProfileStore()
    foretold.store.expect(mappings)
    await foretold.write(people(0))
    const aborted = foretold.store.refresh(mappings, { signal: AbortSignal.abort() })
    await expect(aborted).rejects.toMatchObject({ code: 'run.aborted' })
    expect(await foretold.refresh(mappings)).toMatchObject({ normalised: 1200 })
    expect((await foretold.store.findProfile('p5@example.com'))?.traits['first_name']?.value).toBe('First5')
  })

  it('can be closed in the middle of it; the next process does the work', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'affluent-ahead-'))
    const path = join(folder, 'warehouse.duckdb')
    const first = await aProfileStore(undefined, path)
    first.store.expect(mappings)
    await first.write(people(0))
    await first.write(people(1200))
    await first.store.close()
    first.duckdb.close()
    const second = await aProfileStore(undefined, path)
    expect(await second.refresh(mappings)).toMatchObject({ normalised: 2400 })
    await second.store.close()
    second.duckdb.close()
    await rm(folder, { recursive: true })
  })
})
