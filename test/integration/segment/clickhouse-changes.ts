import { selectNextChanges } from '../../../core/segment/next-change/select-next-changes.ts'
import { collectRanks } from '../../../core/segment/rank/rank-question.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { segmentClosure } from '../../../core/segment/segment-order.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import { sql, sqlText } from '../../../core/sql/sql.ts'
import type { ClickHouse } from '../../support/clickhouse.ts'
import { evaluateTogether, type MemberPair } from './clickhouse-evaluation.ts'

/** Evaluates everybody at the context's moment, and notes in `next_change` when time alone may next change something. */
export function noteEarlier(
  clickhouse: ClickHouse,
  segments: ReadonlyMap<string, Rule>,
  context: CompileContext,
): readonly MemberPair[] {
  const select = selectNextChanges(segments.values(), context)
  const dues = select ?? sqlText('SELECT profile_id, 0e0 AS due_at FROM profile WHERE FALSE')
  clickhouse.run(sql`CREATE OR REPLACE TABLE next_change ENGINE = Memory AS ${dues}`)
  return evaluateTogether(clickhouse, segments, context)
}

interface Touched {
  readonly segments: ReadonlyMap<string, Rule>
  /** Members at the earlier moment. */
  readonly earlier: readonly MemberPair[]
  /** Profile ids of people who are others since. */
  readonly touched: readonly bigint[]
}

/**
 * Members at the context's moment, by looking at nobody but the people who changed and those whose instant came, as the hub's store does.
 * Segments that ask for ranks depend on all people and are evaluated for everybody.
 */
export function evaluateTouched(
  clickhouse: ClickHouse,
  { segments, earlier, touched }: Touched,
  context: CompileContext,
): MemberPair[] {
  const evaluated = copyPeople(clickhouse, touched, context.asOf)
  const part: CompileContext = {
    ...context,
    everybody: context.catalogue,
    catalogue: {
      ...context.catalogue,
      profile: 'evaluated_profile',
      event: 'evaluated_event',
      recordTrait: 'evaluated_record_trait',
    },
  }
  const ranked = [...segments.keys()].filter(
    (name) => collectRanks(segmentClosure(name, segments).values()).size > 0,
  )
  const needed = new Map(ranked.flatMap((name) => [...segmentClosure(name, segments)]))
  const others = new Map([...segments].filter(([name]) => !ranked.includes(name)))
  return [
    ...earlier.filter(([segment, id]) => others.has(segment) && !evaluated.has(id)),
    ...evaluateTogether(clickhouse, others, part),
    ...evaluateTogether(clickhouse, needed, context).filter(([segment]) => ranked.includes(segment)),
  ]
}

/** Copies what rules read of those who are looked at, and returns their profile ids. */
function copyPeople(clickhouse: ClickHouse, touched: readonly bigint[], asOf: number): ReadonlySet<bigint> {
  clickhouse.run(sqlText('CREATE OR REPLACE TABLE evaluated (profile_id Int64) ENGINE = Memory'))
  clickhouse.insert(
    sqlText('evaluated'),
    touched.map((profile_id) => ({ profile_id })),
  )
  clickhouse.run(
    sql`INSERT INTO evaluated SELECT profile_id FROM next_change WHERE due_at <= ${{ type: 'number', value: asOf }}`,
  )
  for (const table of ['profile', 'event', 'record_trait'])
    clickhouse.run(
      sqlText(`CREATE OR REPLACE TABLE evaluated_${table} ENGINE = Memory AS
        SELECT * FROM ${table} WHERE profile_id IN (SELECT profile_id FROM evaluated)`),
    )
  const rows = clickhouse.all(sqlText('SELECT DISTINCT profile_id FROM evaluated'))
  return new Set(rows.map(([id]) => id as bigint))
}
