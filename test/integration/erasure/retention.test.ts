import { describe, expect, it } from 'vitest'
import { parseManifest } from '../../../core/manifest/parse-manifest.ts'
import {
  ada,
  anOrder,
  aPerson,
  aRightsBench,
  idOf,
  runHub,
  writeRecords,
} from '../../support/a-rights-bench.ts'
import { searchBytes } from '../../support/search-bytes.ts'

const day = 86_400_000
const at = aRightsBench()

const preview = (keepDays: Parameters<typeof at.bench.rights.retain>[0]['keepDays']) =>
  at.bench.rights.previewRetention({ keepDays, at: at.clock.now() })
const keep = async (keepDays: Record<string, number>) => {
  const manifest = parseManifest({ kind: 'retention', version: 1, name: 'keep', keep_days: keepDays })
  if (manifest.kind !== 'retention') throw new TypeError('a retention manifest')
  at.workspace = { ...at.workspace, retention: manifest }
  await runHub(at)
}

describe('retention', () => {
  it('lets events go with the records that told them, and counts first', async () => {
    expect(await preview({ events: 200 })).toMatchObject({ events: 2, gone_people: 0 })
    expect((await at.bench.profiles.counts()).events).toBe(3)
    await keep({ events: 200 })
    expect(await at.bench.profiles.counts()).toMatchObject({ events: 1, sourceRecords: 3, profiles: 2 })
  })

  it('lets people go whom no source has any more, once no platform holds them', async () => {
    await writeRecords(at, 'people', [aPerson(at, '9', 'alan@example.com')])
    await runHub(at)
    at.clock.advance(day)
    await writeRecords(at, 'people', [{ ...aPerson(at, '9', 'alan@example.com'), deleted: true }])
    await runHub(at)
    at.clock.advance(100 * day)
    // The list is add-only: it still holds them.
    expect(await preview({ gone_people: 30 })).toMatchObject({ gone_people: 0 })
    await at.bench.duckdb.run(`UPDATE delivery SET held = false, status = 'removed'`)
    expect(await preview({ gone_people: 30 })).toMatchObject({ gone_people: 1 })
    expect(await at.bench.rights.findPerson('alan@example.com')).toBeDefined()
    await keep({ gone_people: 30 })
    expect(await at.bench.rights.findPerson('alan@example.com')).toBeUndefined()
    expect(await at.bench.rights.findPerson(ada)).toBeDefined()
  })

  it('keeps somebody who refused, so that the refusal is kept', async () => {
    at.clock.advance(day)
    await writeRecords(at, 'people', [aPerson(at, '9', 'alan@example.com', { consent: 'no' })])
    await runHub(at)
    at.clock.advance(day)
    await writeRecords(at, 'people', [{ ...aPerson(at, '9', 'alan@example.com'), deleted: true }])
    await runHub(at)
    at.clock.advance(100 * day)
    expect(await preview({ gone_people: 30 })).toMatchObject({ gone_people: 0 })
  })

  it('forgets deliveries but not that they were, so that a later erasure reaches the platform', async () => {
    await at.bench.duckdb.run(`UPDATE delivery SET held = false, status = 'removed'`)
    at.clock.advance(400 * day)
    at.workspace = { ...at.workspace, segments: new Map() }
    expect(await at.bench.rights.retain({ keepDays: { deliveries: 365 }, at: at.clock.now() })).toMatchObject(
      {
        deliveries: 2,
      },
    )
    expect(await at.bench.duckdb.all(`SELECT * FROM delivery`)).toEqual([])
    const scope = await at.bench.rights.scope(await idOf(at, ada), [])
    expect(scope?.sentTo).toMatchObject([
      {
        connection: 'crm',
        audiences: ['Subscribers'],
        person: { sent: expect.arrayContaining([{ email: ada }]) as unknown },
      },
    ])
  })
})

describe('erasing a person with events and several identifiers', () => {
  it('leaves no byte of any of them, and nothing of the others is lost', async () => {
    const names = [ada, '+33612345678', 'customer-77', 'thanks-77']
    await at.bench.duckdb.checkpoint()
    expect(searchBytes(at.folder.path, names)).not.toEqual([])
    const counts = await at.bench.rights.eraseHere(await idOf(at, ada), 'erasure-1', at.clock.now())
    expect(counts).toMatchObject({ source_records: 3, events: 2, traits: 2, memberships: 1, deliveries: 1 })
    await at.bench.rights.compact()
    await at.bench.control.compact()
    expect(searchBytes(at.folder.path, names)).toEqual([])
    expect(await at.bench.profiles.counts()).toEqual({ profiles: 1, events: 1, sourceRecords: 2 })
    await writeRecords(at, 'orders', [
      anOrder(at, 'o-9', '77', '2026-01-02T10:00:00Z'),
      anOrder(at, 'o-10', '8', '2026-01-02T10:00:00Z'),
    ])
    await runHub(at)
    expect(await at.bench.profiles.counts()).toEqual({ profiles: 1, events: 2, sourceRecords: 3 })
    expect(searchBytes(at.folder.path, names)).toEqual([])
  })
})
