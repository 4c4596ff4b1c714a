import { createHash } from 'node:crypto'
import { BIGINT, DOUBLE } from '@duckdb/node-api'
import { z } from 'zod'
import type { KeptApart } from '../../../core/identity/join-by-weight.ts'
import type { MatchModel } from '../../../core/identity/match-model.ts'
import type { Matching } from '../../../core/identity/matching.ts'
import type { MatchReport } from '../../../core/port/identity-store.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { dropMatching, matchRecords, type Matched } from '../matching/match-records.ts'
import type { MatchSource } from '../matching/prepare-linkable.ts'
import { identifierColumn, traitColumn } from '../tables.ts'
import { skeletonSql } from './lookalikes.ts'
import { resolveAgain, type IdentityContext } from './resolve-again.ts'

/** Share of the records that must have changed before everybody is compared again. */
const changedShare = 0.01
/** A model is learned anew when there are so many times the records that it was learned from. */
const outgrown = 2

export interface MatchOptions {
  /** Compares even when nothing changed. */
  readonly force: boolean
  readonly relearn?: boolean
}

/**
 * Finds records that are one person by likeness, replaces the links that were found before, and resolves whom that touches. Pairs that
 * a person decided on are left as decided; pairs whose addresses only look the same, and those that would make a profile too large,
 * wait for a person. Undefined: too little changed since the last time.
 */
export async function matchProfiles(
  context: IdentityContext,
  matching: Matching,
  options: MatchOptions,
): Promise<MatchReport | undefined> {
  const { duckdb, schema } = context
  return duckdb.transaction(async () => {
    const digest = digestOf(matching)
    const last = await readModel(duckdb, digest)
    if (!options.force && !(await isMatchDue(duckdb, matching))) return undefined
    try {
      const kept = options.relearn === true ? undefined : await usable(duckdb, last)
      const matched = await matchRecords(
        duckdb,
        matchSource(schema),
        kept ? { ...matching, threshold: kept.threshold } : matching,
        {
          ...(kept && { model: kept.model }),
          beforeJoin: () => setAside(duckdb, schema),
        },
      )
      await noteModel(context, digest, matched)
      const seeds = await replaceLinks(duckdb, matched)
      await writeReview(duckdb, matched)
      const { profilesCreated, profilesRemoved } = await resolveAgain(context, seeds)
      return { ...(await report(duckdb, matched)), learned: !kept, profilesCreated, profilesRemoved }
    } finally {
      await dropMatching(duckdb)
      for (const table of ['set_aside', 'held_back', 'joined_head', 'new_link'])
        await duckdb.run(`DROP TABLE IF EXISTS temp.${table}`)
    }
  })
}

const digestOf = (matching: Matching): string =>
  createHash('sha256').update(JSON.stringify(matching)).digest('hex')

/** Whether people were never compared by these rules, or enough records changed since. */
export async function isMatchDue(duckdb: DuckDb, matching: Matching): Promise<boolean> {
  const last = await readModel(duckdb, digestOf(matching))
  return last ? changedEnough(duckdb, last.changeId) : (await countLiving(duckdb)) > 1
}

/** Living records with their traits and first identifiers. */
export function matchSource(schema: ProfileSchema): MatchSource {
  return {
    sql: 'SELECT record_id AS id, * EXCLUDE (record_id) FROM told_record WHERE NOT deleted',
    columnOf: (name) => (Object.hasOwn(schema.traits, name) ? traitColumn(name) : identifierColumn(name)),
  }
}

interface KeptModel {
  readonly model: MatchModel
  readonly threshold: number
  readonly records: number
  readonly changeId: bigint
}

const chances = z.object({ m: z.array(z.number()), u: z.array(z.number()) })
const storedModel = z.object({ prior: z.number(), comparisons: z.array(chances) })

/** The model that was learned by this manifest. */
export async function readModel(duckdb: DuckDb, digest?: string): Promise<KeptModel | undefined> {
  const row = await duckdb.one<{ model: string; threshold: number; records: bigint; change_id: bigint }>(
    `SELECT model, threshold, records, change_id FROM identity_model WHERE $1::VARCHAR IS NULL OR matching_digest = $1`,
    [digest ?? null],
  )
  if (!row) return undefined
  const { model, threshold, records, change_id: changeId } = row
  return { model: storedModel.parse(JSON.parse(model)), threshold, records: Number(records), changeId }
}

async function countLiving(duckdb: DuckDb): Promise<number> {
  const row = await duckdb.one<{ records: bigint }>(
    `SELECT count(*) AS records FROM record_trait WHERE NOT deleted`,
  )
  return Number(row?.records ?? 0)
}

async function changedEnough(duckdb: DuckDb, since: bigint): Promise<boolean> {
  const row = await duckdb.one<{ changed: bigint }>(
    `SELECT count(*) AS changed FROM source_record WHERE change_id > $1`,
    [since],
  )
  const changed = Number(row?.changed ?? 0)
  return changed > 0 && changed >= changedShare * (await countLiving(duckdb))
}

async function usable(duckdb: DuckDb, last: KeptModel | undefined): Promise<KeptModel | undefined> {
  return last && (await countLiving(duckdb)) < outgrown * last.records ? last : undefined
}

async function noteModel(
  { duckdb, clock }: IdentityContext,
  digest: string,
  matched: Matched,
): Promise<void> {
  await duckdb.run(`DELETE FROM identity_model`)
  await duckdb.run(
    `INSERT INTO identity_model SELECT $1, $2, $3, $4, coalesce(max(change_id), 0), epoch_ms($5::BIGINT) FROM source_record`,
    [
      digest,
      JSON.stringify(matched.model),
      matched.joined.threshold,
      BigInt(matched.records),
      BigInt(clock.now()),
    ],
  )
}

/**
 * Takes pairs that a person keeps apart out of `scored_pair`, and those whose addresses look the same without being so: they go to the
 * review list, as no likeness of names tells whether somebody imitates another. Returns them: nobody else may bring them together.
 */
async function setAside(duckdb: DuckDb, schema: ProfileSchema): Promise<KeptApart[]> {
  const looksAlike = Object.entries(schema.identifiers)
    .filter(([, { form }]) => form === 'email')
    .map(([kind]) => identifierColumn(kind))
    .map(
      (column) =>
        `a.${column} <> b.${column} AND ${skeletonSql(`a.${column}`)} = ${skeletonSql(`b.${column}`)}`,
    )
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE set_aside AS
    WITH pair AS (
      SELECT p.x, p.y, p.weight, least(l.id, r.id) AS left_record, greatest(l.id, r.id) AS right_record
      FROM scored_pair p JOIN linkable l ON l.position = p.x JOIN linkable r ON r.position = p.y),
    decided AS (SELECT left_record, right_record, bool_or(verdict = 'split') AS is_split FROM identity_decision GROUP BY ALL)
    SELECT pair.*, d.is_split IS NULL AS is_open FROM pair
    LEFT JOIN decided d USING (left_record, right_record)
    JOIN told_record a ON a.record_id = pair.left_record JOIN told_record b ON b.record_id = pair.right_record
    WHERE d.is_split OR (d.is_split IS NULL AND (${[...looksAlike.map((condition) => `(${condition})`), 'false'].join(' OR ')}))`)
  await duckdb.run(
    `DELETE FROM scored_pair USING set_aside s WHERE s.x = scored_pair.x AND s.y = scored_pair.y`,
  )
  const rows = await duckdb.all<{ x: number; y: number }>(`SELECT x, y FROM set_aside`)
  return rows.map(({ x, y }) => ({ x, y }))
}

/** Returns the profiles whose links changed. */
async function replaceLinks(duckdb: DuckDb, { joined }: Matched): Promise<bigint[]> {
  const heads = [...joined.heads.keys()].filter((position) => joined.heads[position] !== position)
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE joined_head (position BIGINT, head BIGINT)`)
  await duckdb.append('joined_head', {
    types: [BIGINT, BIGINT],
    columns: [heads.map(BigInt), heads.map((position) => BigInt(joined.heads[position] ?? position))],
  })
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE new_link AS
     SELECT least(l.id, r.id) AS left_record, greatest(l.id, r.id) AS right_record, p.weight::DOUBLE AS weight
     FROM scored_pair p JOIN linkable l ON l.position = p.x JOIN linkable r ON r.position = p.y
     LEFT JOIN joined_head a ON a.position = p.x LEFT JOIN joined_head b ON b.position = p.y
     WHERE p.weight >= $1 AND coalesce(a.head, p.x) = coalesce(b.head, p.y)`,
    [joined.threshold],
  )
  const changed = await duckdb.all<{ profile_id: bigint }>(`
    WITH former AS (SELECT left_record, right_record FROM identity_link),
      fresh AS (SELECT left_record, right_record FROM new_link),
      changed AS ((FROM former EXCEPT FROM fresh) UNION ALL (FROM fresh EXCEPT FROM former))
    SELECT DISTINCT profile_id FROM record_trait
    WHERE record_id IN (SELECT left_record FROM changed UNION ALL SELECT right_record FROM changed)`)
  await duckdb.run(`DELETE FROM identity_link`)
  await duckdb.run(`INSERT INTO identity_link FROM new_link`)
  return changed.map(({ profile_id: id }) => id)
}

/** Pairs at or above the threshold that were not joined wait for a person. */
async function writeReview(duckdb: DuckDb, { joined, heldBack }: Matched): Promise<void> {
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE held_back (x BIGINT, y BIGINT, weight DOUBLE)`)
  await duckdb.append('held_back', {
    types: [BIGINT, BIGINT, DOUBLE],
    columns: [
      heldBack.map(({ x }) => BigInt(x)),
      heldBack.map(({ y }) => BigInt(y)),
      heldBack.map(({ weight }) => weight),
    ],
  })
  await duckdb.run(`DELETE FROM identity_review`)
  await duckdb.run(
    `INSERT INTO identity_review
     SELECT least(l.id, r.id), greatest(l.id, r.id), h.weight, 'held_back' FROM held_back h
     JOIN linkable l ON l.position = h.x JOIN linkable r ON r.position = h.y
     UNION ALL SELECT left_record, right_record, weight, 'lookalike' FROM set_aside WHERE is_open AND weight >= $1`,
    [joined.threshold],
  )
}

async function report(
  duckdb: DuckDb,
  { records, pairs, joined, model, crowded }: Matched,
): Promise<Omit<MatchReport, 'learned' | 'profilesCreated' | 'profilesRemoved'>> {
  const row = await duckdb.one<{ links: bigint; review: bigint }>(
    `SELECT (SELECT count(*) FROM identity_link) AS links, (SELECT count(*) FROM identity_review) AS review`,
  )
  return {
    records,
    pairs,
    model,
    threshold: joined.threshold,
    expectedF1: joined.expectedF1,
    links: Number(row?.links ?? 0),
    review: Number(row?.review ?? 0),
    crowded: crowded.reduce((sum, { values }) => sum + values, 0),
  }
}
