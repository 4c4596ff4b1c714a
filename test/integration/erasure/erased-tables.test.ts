import { describe, expect, it } from 'vitest'
import { findPersonColumns } from '../../../hub-server/warehouse/erasure/person-scope.ts'
import { openErasure, previewErasure, type ErasureDesk } from '../../../hub-server/worker/erase-person.ts'
import { ada, aRightsBench, idOf } from '../../support/a-rights-bench.ts'

/** Columns of whole numbers that name no person: counts, versions and hashes. */
const numbersOfNobody: ReadonlySet<string> = new Set([
  'consent_entry.entry_id',
  'delivery.row_hash',
  'event_person.key_hash',
  'identifier_key.key',
  'identity_group.group_id',
  'identity_model.change_id',
  'identity_model.records',
  'next_change.due_at',
  'next_change_soon.due_at',
  'normalised_stream.change_id',
  'plan_row.row_hash',
  'profile.content_hash',
  'quality_imputation.profiles',
  'waiting_pick.picked_at',
  'quality_release.content',
  'quality_stream.records',
  'segment_state.members',
  'source_record.change_id',
  'source_record.key_hash',
  'untold_reject.count',
])

const at = aRightsBench()
const desk = (): ErasureDesk => ({
  ...at.bench,
  workspace: at.workspace,
  actor: 'test',
  signal: new AbortController().signal,
})

describe('an erasure', () => {
  it('takes them out of who is who: decisions, links, pairs to review and groups, and leaves those of others', async () => {
    const { duckdb } = at.bench
    const person = BigInt((await idOf(at, ada)).slice('p_'.length))
    const instant = `TIMESTAMP '2026-01-03'`
    for (const [left, right] of [
      [90n, person],
      [person, 99n],
      [90n, 99n],
    ] as const) {
      await duckdb.run(
        `INSERT INTO identity_link BY NAME SELECT $1::BIGINT AS left_record, $2::BIGINT AS right_record, 9 AS weight`,
        [left, right],
      )
      await duckdb.run(`INSERT INTO identity_decision VALUES ($1, $2, 'split', ${instant})`, [left, right])
      await duckdb.run(`INSERT INTO identity_review VALUES ($1, $2, 9, 'lookalike')`, [left, right])
    }
    await duckdb.run(
      `INSERT INTO identity_group BY NAME SELECT 90 AS group_id, unnest([90, $1::BIGINT]) AS profile_id`,
      [person],
    )
    await openErasure(desk(), await previewErasure(desk(), `p_${person}`))
    for (const table of ['identity_link', 'identity_decision', 'identity_review'])
      expect(await duckdb.all(`SELECT left_record, right_record FROM ${table}`)).toEqual([
        { left_record: 90n, right_record: 99n },
      ])
    expect(await duckdb.all(`SELECT profile_id FROM identity_group`)).toEqual([{ profile_id: 90n }])
  })

  it('finds every column that could name a person: a new table keeps to the naming, or says here what its numbers are', async () => {
    const { duckdb } = at.bench
    const numbers = await duckdb.all<{ id: string }>(
      `SELECT c.table_name || '.' || c.column_name AS id FROM duckdb_columns() c
       JOIN duckdb_tables() t ON t.table_name = c.table_name AND NOT t.temporary AND t.schema_name = 'main'
       WHERE c.schema_name = 'main' AND regexp_matches(c.data_type, '^U?(BIG|HUGE)INT') ORDER BY ALL`,
    )
    const known = new Set((await findPersonColumns(duckdb)).map(({ table, column }) => `${table}.${column}`))
    expect(numbers.filter(({ id }) => !known.has(id) && !numbersOfNobody.has(id))).toEqual([])
  })
})
