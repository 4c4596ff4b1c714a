import { withoutDerivedTraits } from '../../core/computed/derived-traits.ts'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { IdentityManifest } from '../../core/manifest/manifest.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ProfileStore } from '../../core/port/profile-store.ts'
import type { ProfileSchema } from '../../core/profile/profile-schema.ts'
import { createKept } from './create-kept.ts'
import type { DuckDb } from './duckdb.ts'
import type { Tombstones } from './erasure/tombstones.ts'
import { compileIdentity, type IdentityRules } from './identity/identity-rules.ts'
import { createAheadKeeper } from './profile/ahead-keeper.ts'
import { createEventOrder } from './profile/event-order.ts'
import { findProfileId } from './profile/find-profile-id.ts'
import { findProfile, type ProfileGround } from './profile/find-profile.ts'
import { markAbsent } from './profile/mark-absent.ts'
import { refresh } from './profile/refresh.ts'
import { writePage } from './profile/write-page.ts'
import type { QualityStage } from './quality/quality-stage.ts'
import { prepareTables } from './tables.ts'

export interface ProfileStoreOptions {
  readonly duckdb: DuckDb
  readonly clock: Clock
  /** The profile schema, when its tables were prepared before; otherwise `prepare` gives it. */
  readonly schema?: ProfileSchema
  /** Who is who. Without it identifiers join without limits. */
  readonly identity?: IdentityManifest | undefined
  /** Threads that normalise. Default: one for each core. */
  readonly workers?: number
  /** Judges what came in before it reaches a profile. Absent: everything does. */
  readonly quality?: QualityStage
  /** Keeps erased people from coming back. */
  readonly tombstones?: Tombstones
}

/**
 * The profile store on DuckDB. Refreshes run one after the other; pages may be written while one is under way and are then part of
 * the next. A stream that no mapping given to `refresh` names keeps what was made of it.
 */
export function createProfileStore(options: ProfileStoreOptions): ProfileStore {
  const { duckdb, workers, tombstones, identity } = options
  let prepared = options.schema
  // Records are normalised and profiles built by what sources tell; derived traits are filled beside it.
  let told = prepared && withoutDerivedTraits(prepared)
  let last: Promise<unknown> = Promise.resolve()
  const ahead = createAheadKeeper(duckdb, workers)
  const kept = createKept<StoreCounts>(duckdb, ['profile', 'event', 'source_record'])
  const appliedFor = (act: string): { schema: ProfileSchema; rules: IdentityRules } => {
    if (!told) throw new AffluentError('run.not_applied', { act })
    return { schema: told, rules: compileIdentity(identity, told) }
  }
  return {
    async prepare(schema) {
      await prepareWarehouse(duckdb, schema)
      prepared = schema
      told = withoutDerivedTraits(schema)
    },
    expect: (mappings) => ahead.expect(mappings),
    async writePage(page) {
      const { counts, fresh } = await writePage(
        duckdb,
        page,
        tombstones && { tombstones, schema: appliedFor('writing a page').schema },
      )
      if (fresh && page.refreshFollows !== false)
        await ahead.add(fresh, appliedFor('normalising source records').schema)
      return counts
    },
    markAbsent: (stream, runId) => markAbsent(duckdb, stream, runId),
    refresh(mappings, refreshOptions) {
      const run = (): ReturnType<ProfileStore['refresh']> => {
        const applied = appliedFor('refreshing profiles')
        return ahead.hand((staged) =>
          refresh({ ...options, ...applied, ahead: staged }, mappings, refreshOptions),
        )
      }
      const turn = last.then(run, run)
      last = turn.catch(() => undefined)
      return turn
    },
    ...finding(duckdb, () => {
      const { schema, rules } = appliedFor('finding a profile')
      return { schema: prepared ?? schema, rules }
    }),
    counts: () => kept('counts', () => readCounts(duckdb)),
    eventsLieApart: createEventOrder(duckdb).lieApart,
    close: () => ahead.close(),
  }
}

/** `ground` gives what is in force, or throws. */
function finding(
  duckdb: DuckDb,
  ground: () => ProfileGround,
): Pick<ProfileStore, 'findProfile' | 'findProfileId'> {
  return {
    findProfile: async (person) => findProfile(duckdb, ground(), person),
    async findProfileId(person) {
      const { schema } = ground()
      const id = await duckdb.snapshot(() => findProfileId(duckdb, schema, person))
      return id === undefined ? undefined : `p_${id}`
    },
  }
}

async function prepareWarehouse(duckdb: DuckDb, schema: ProfileSchema): Promise<void> {
  await duckdb.transaction(async () => {
    const remade = await prepareTables(duckdb, schema)
    // A column that was made anew is empty, by whichever manifests the streams were normalised: these ones, too, when others were tried in between.
    if (remade.some((column) => column.startsWith('record_trait.')))
      await duckdb.run(`UPDATE normalised_stream SET mapping_digest = ''`)
  })
}

type StoreCounts = Awaited<ReturnType<ProfileStore['counts']>>

async function readCounts(duckdb: DuckDb): Promise<StoreCounts> {
  // To add up takes a third of what it takes to look at each.
  const row = await duckdb.snapshot(() =>
    duckdb.one<{ profiles: bigint; events: bigint; source_records: bigint }>(
      `SELECT (SELECT count(*) FROM profile) AS profiles, (SELECT count(*) FROM event) AS events,
         (SELECT count(*) - coalesce(sum(deleted::INTEGER), 0) FROM source_record)::BIGINT AS source_records`,
    ),
  )
  return {
    profiles: Number(row?.profiles ?? 0),
    events: Number(row?.events ?? 0),
    sourceRecords: Number(row?.source_records ?? 0),
  }
}
