import type { MappingManifest } from '../../../core/manifest/manifest.ts'
import type { Clock } from '../../../core/port/clock.ts'
import type { RefreshReport } from '../../../core/port/profile-store.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { decideNewcomers } from '../consent/decide-consents.ts'
import { keepFormerConsents, setAsideConsents } from '../consent/keep-former.ts'
import type { DuckDb } from '../duckdb.ts'
import type { Tombstones } from '../erasure/tombstones.ts'
import type { IdentityRules } from '../identity/identity-rules.ts'
import { askEverybody } from '../identity/identity-state.ts'
import { refuseMergedCrowd } from '../identity/refuse-merged-crowd.ts'
import type { QualityStage } from '../quality/quality-stage.ts'
import { noteTouched } from '../segment/note-touched.ts'
import { findChangedBlocks } from './changed-blocks.ts'
import { rebuildProfiles } from './rebuild-profiles.ts'
import { gatherDirtyRecords, resolveIdentity } from './resolve-identity.ts'
import type { StageAhead, StagedAhead } from './stage-ahead.ts'
import { createStagingTables } from './stage-block.ts'
import { stageChanged, type StageOptions } from './stage-changed.ts'
import { stagePeople } from './stage-people.ts'
import { planStreams, type StreamPlan } from './stream-plan.ts'
import { writeEvents, writeResolved } from './write-resolved.ts'

export interface RefreshDependencies {
  readonly duckdb: DuckDb
  readonly clock: Clock
  readonly schema: ProfileSchema
  readonly rules: IdentityRules
  /** Number of worker threads. Default: one for each core. */
  readonly workers?: number | undefined
  /** What was staged while the records were written. */
  readonly ahead?: StageAhead | undefined
  /** Judges what came in before it reaches a profile. */
  readonly quality?: QualityStage | undefined
  /** Keeps erased people from coming back. */
  readonly tombstones?: Tombstones | undefined
}

/**
 * Normalises what changed, then brings it into the profile store in one transaction, together with the note of how far each stream is
 * normalised. Whatever interrupts it before the commit leaves the old state, and the same work for the next call.
 */
export async function refresh(
  dependencies: RefreshDependencies,
  mappings: readonly MappingManifest[],
  options: StageOptions,
): Promise<RefreshReport> {
  const { duckdb, schema } = dependencies
  await dependencies.quality?.begin()
  const plans = planStreams(mappings, schema)
  const until = await lastChange(duckdb)
  try {
    const ahead = (await dependencies.ahead?.settle(plans)) ?? nothingAhead
    if (ahead === nothingAhead) await createStagingTables(duckdb, schema, plans)
    return await refreshStaged(dependencies, { plans, ahead, until }, options)
  } finally {
    await dropScratchTables(duckdb)
  }
}

const nothingAhead: StagedAhead = { normalised: 0, invalid: {}, whole: new Set() }

interface RefreshStep {
  readonly plans: readonly StreamPlan[]
  readonly ahead: StagedAhead
  /** The last change that this refresh covers. */
  readonly until: bigint
}

async function refreshStaged(
  dependencies: RefreshDependencies,
  { plans, ahead, until }: RefreshStep,
  options: StageOptions,
): Promise<RefreshReport> {
  const { duckdb, clock, schema, rules, workers, tombstones, quality } = dependencies
  const blocks = await findChangedBlocks(duckdb, plans, ahead.whole)
  const { normalised, invalid } = await stageChanged({ duckdb, plans, blocks, workers, ahead }, options)
  const written = await duckdb.transaction(async () => {
    if (normalised > 0) await tombstones?.dropStaged(schema, clock.now())
    const heldBack = normalised > 0 ? await quality?.judge() : undefined
    const isAsked = await askEverybody(duckdb, rules)
    const resolved = normalised === 0 && !isAsked ? nothing : await bringIn(dependencies)
    if (normalised > 0) await quality?.finish()
    await noteNormalised(duckdb, plans, until)
    return { ...resolved, ...(heldBack && { heldBack }) }
  })
  return { normalised, invalid, ...written }
}

const nothing = { profilesCreated: 0, profilesUpdated: 0, profilesRemoved: 0, events: 0 }

/** What the staged records, and the profiles that `asked_profile` names, change. */
export async function bringIn({
  duckdb,
  clock,
  schema,
  rules,
}: Omit<RefreshDependencies, 'workers' | 'ahead'>): Promise<typeof nothing> {
  const now = clock.now()
  const isAnybodyDue = await stagePeople(duckdb)
  const counts = isAnybodyDue ? await resolveAndRebuild({ duckdb, schema, rules }, now) : nothing
  const events = await writeEvents(duckdb, schema)
  await noteTouched(duckdb, actingSql)
  return { ...counts, events }
}

async function resolveAndRebuild(
  { duckdb, schema, rules }: Pick<RefreshDependencies, 'duckdb' | 'schema' | 'rules'>,
  now: number,
): Promise<typeof nothing> {
  await setAsideConsents(duckdb, now)
  const atHand = await resolveIdentity(duckdb, schema, rules)
  await keepFormerConsents(duckdb)
  await writeResolved(duckdb, schema)
  await gatherDirtyRecords(duckdb, atHand)
  await refuseMergedCrowd(duckdb, rules)
  const { created, updated, removed } = await rebuildProfiles(duckdb, { schema, rules }, now)
  await decideNewcomers(duckdb, schema, now)
  await noteTouched(duckdb, broughtInSql)
  return { ...nothing, profilesCreated: created, profilesUpdated: updated, profilesRemoved: removed }
}

/** Whom rules may judge otherwise now: people built anew, and people alone with their record. */
const broughtInSql = `
  SELECT profile_id FROM dirty_profile
  UNION ALL SELECT record_id FROM changed_record ANTI JOIN involved USING (record_id) WHERE stays`

/** People known before who did something, and those whose events went elsewhere. */
const actingSql = `
  SELECT profile_id FROM staged_person WHERE NOT is_new
  UNION ALL SELECT t.profile_id FROM former_owner JOIN record_trait t USING (record_id)`

/** Looked for only beyond what was normalised, so that the stretches of a large table before that are passed over. */
async function lastChange(duckdb: DuckDb): Promise<bigint> {
  const noted = await duckdb.one<{ last: bigint | null }>(
    `SELECT max(change_id) AS last FROM normalised_stream`,
  )
  const known = noted?.last ?? -1n
  const row = await duckdb.one<{ last: bigint | null }>(
    `SELECT max(change_id) AS last FROM source_record WHERE change_id > $1`,
    [known],
  )
  return row?.last ?? known
}

async function noteNormalised(duckdb: DuckDb, plans: readonly StreamPlan[], until: bigint): Promise<void> {
  const notes = JSON.stringify(
    plans.map(({ connection, stream, digest }) => ({ connection, stream, digest })),
  )
  const noted = `SELECT unnest(from_json($1::JSON, '[{"connection": "VARCHAR", "stream": "VARCHAR", "digest": "VARCHAR"}]'), recursive := true)`
  await duckdb.run(
    `DELETE FROM normalised_stream WHERE (connection, stream) IN (SELECT (connection, stream) FROM (${noted}))`,
    [notes],
  )
  await duckdb.run(
    `INSERT INTO normalised_stream SELECT connection, stream, digest, $2::BIGINT FROM (${noted})`,
    [notes, until],
  )
}

/** Temporary tables of all steps. They would hold their memory until the next refresh. */
const scratchTables = [
  'staged_record',
  'staged_identifier',
  'staged_event',
  'consent_basis',
  'acting_key',
  'acting_person',
  'staged_person',
  'former_owner',
  'gone_person',
  'changed_record',
  'asked_profile',
  'asked_key',
  'asked_holder',
  'crowded_value',
  'touching_holder',
  'neighbour_identifier',
  'touched_profile',
  'neighbour',
  'neighbour_trait',
  'joining',
  'edge',
  'edge_head',
  'group_member',
  'division',
  'label',
  'moved',
  'involved',
  'dirty_profile',
  'dirty_trait',
  'living',
  'rebuilt',
  'verdict',
  'consent_before',
  'consent_instant',
  'consent_asked',
  'consent_decided',
]

const scratchViews = ['told_identifier', 'living_event', 'dirty_record']

const dropSql = [
  ...scratchViews.map((view) => `DROP VIEW IF EXISTS temp.${view}`),
  ...scratchTables.map((table) => `DROP TABLE IF EXISTS temp.${table}`),
].join(';')

export async function dropScratchTables(duckdb: DuckDb): Promise<void> {
  await duckdb.run(dropSql)
}
