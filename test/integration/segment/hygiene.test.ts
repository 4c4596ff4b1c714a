import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { metaConnector } from '../../../connectors/meta/connector.ts'
import { parseManifest, toWorkspace } from '../../../core/manifest/parse-manifest.ts'
import { judgeHygiene } from '../../../core/membership/hygiene.ts'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { readHygieneFacts } from '../../../hub-server/warehouse/segment/hygiene.ts'
import { worldAsOf as asOf, worldSchema as schema } from './random-world.ts'
import { openWarehouse } from './store-people.ts'

const header = { version: 1 }
const segment = (name: string, rule: object) => ({ kind: 'segment', ...header, name, rule })
const toMeta = (from: string) => ({
  kind: 'sync',
  ...header,
  name: `${from.replace('.', '-')}-to-meta`,
  segment: from,
  destination: { connection: 'ads', kind: 'custom_audience', audience: from },
  fields: { EMAIL: { identifier: 'email' } },
})
const workspace = toWorkspace(
  [
    { kind: 'profile_schema', ...header, name: 'main', ...schema },
    { kind: 'connection', ...header, name: 'ads', connector: 'meta', config: {} },
    segment('some', { trait: 'score', op: 'at_most', value: 60 }),
    segment('more', { trait: 'score', op: 'at_most', value: 160 }),
    segment('base', { trait: 'score', op: 'more_than', value: 150 }),
    segment('nobody', { any: [] }),
    { kind: 'priority_list', ...header, name: 'live', segments: ['base', 'nobody'] },
    toMeta('some'),
    toMeta('live.base'),
  ].map((manifest) => parseManifest(manifest)),
)

let duckdb: DuckDb
beforeAll(async () => {
  duckdb = await openWarehouse(schema)
  await duckdb.run(
    `INSERT INTO profile (profile_id, created_at, updated_at, trait_score)
     SELECT i, TIMESTAMP '2024-01-01', TIMESTAMP '2024-01-01', i FROM range(1, 401) t(i)`,
  )
})
afterAll(() => duckdb.close())

describe('hygiene', () => {
  it('sees sizes, platforms, use and overlap as they are', async () => {
    if (!workspace) throw new Error('no workspace')
    const rules = new Map([...workspace.segments].map(([name, { rule }]) => [name, rule]))
    const segments = createSegmentStore(duckdb, schema)
    const connectors = new Map([['meta', metaConnector]])
    const facts = async (now: number) => readHygieneFacts({ duckdb, segments, workspace, connectors, now })
    const before = judgeHygiene(await facts(asOf))
    expect(
      before.filter(({ code }) => code === 'never').map((one) => 'segment' in one && one.segment),
    ).toEqual(['some', 'more', 'base', 'nobody', 'live.base'])
    await segments.evaluate(rules, asOf)
    expect(judgeHygiene(await facts(asOf))).toEqual([
      {
        code: 'too_small',
        segment: 'some',
        sync: 'some-to-meta',
        connection: 'ads',
        members: 60,
        minimum: 100,
      },
      { code: 'unused', segment: 'more' },
      { code: 'empty', segment: 'nobody' },
      { code: 'unused', segment: 'nobody' },
      { code: 'contained', segment: 'some', other: 'more', share: 1 },
    ])
    expect((await facts(asOf)).sent).toEqual({ segments: 2, people: 310, memberships: 310 })
  })
})
