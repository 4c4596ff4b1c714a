import { listValue } from '@duckdb/node-api'
import type { Rule } from '../../../core/segment/rule.ts'
import { duckdbDialect } from '../../../core/sql/dialects/duckdb.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { toDuckDb } from '../../../hub-server/warehouse/segment/bound-values.ts'
import { noteTouched } from '../../../hub-server/warehouse/segment/note-touched.ts'
import { warehouseCatalogue } from '../../../hub-server/warehouse/segment/warehouse-catalogue.ts'
import { selectAlone, toMembers, type Members } from './members.ts'
import type { RuleEngine, RuleMoment } from './rule-engine.ts'
import { openWarehouse, storePeople } from './store-people.ts'

interface MemberRow {
  readonly segment: string
  readonly profile_id: bigint
}

const toPairs = (rows: readonly MemberRow[]): [string, bigint][] =>
  rows.map(({ segment, profile_id }) => [segment, profile_id])

/** DuckDB with the hub's own tables and segment store. */
export async function openDuckDbRules({ schema, asOf }: RuleMoment): Promise<RuleEngine> {
  const duckdb = await openWarehouse(schema)
  const store = createSegmentStore(duckdb, schema)
  const context = { schema, catalogue: warehouseCatalogue, dialect: duckdbDialect, asOf }
  const present = async (segments: ReadonlyMap<string, Rule>): Promise<Members> => {
    const rows = await duckdb.all<MemberRow>(
      `SELECT segment, profile_id FROM membership WHERE exited_at IS NULL`,
    )
    return toMembers(segments, toPairs(rows))
  }
  return {
    store: (people) => storePeople(duckdb, schema, people),
    async together(segments) {
      const reports = await store.evaluate(segments, asOf)
      const members = await present(segments)
      const miscounted = reports.filter((report) => report.members !== members[report.segment]?.length)
      if (miscounted.length > 0) throw new Error(`miscounted: ${JSON.stringify(miscounted)}`)
      return members
    },
    async alone(segments) {
      const { text, params } = toDuckDb(selectAlone(segments, context))
      return toMembers(segments, toPairs(await duckdb.all<MemberRow>(text, params)))
    },
    async followChange({ before, after, changed, from }, segments) {
      await storePeople(duckdb, schema, before)
      await store.evaluateTouched(segments, from)
      await storePeople(duckdb, schema, after)
      const ids = changed.map((place) => BigInt(place + 1))
      if (ids.length > 0)
        await noteTouched(duckdb, 'SELECT unnest($1::BIGINT[]) AS profile_id', [listValue(ids)])
      const { scope } = await store.evaluateTouched(segments, asOf)
      return { members: await present(segments), scope }
    },
    async explain(segment, segments) {
      const { truth } = await store.explain('p_1', segment, segments, asOf)
      return truth === true
    },
    close: () => duckdb.close(),
  }
}
