import { withoutDerivedTraits } from '../../../core/computed/derived-traits.ts'
import type { Workspace } from '../../../core/manifest/manifest.ts'
import type { Clock } from '../../../core/port/clock.ts'
import type { StreamRef } from '../../../core/port/profile-store.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { countFindings, type FindingCount } from './count-findings.ts'
import { countUnusable } from './count-unusable.ts'
import { livingRecords, measureTargets, type TargetMeasures } from './measure-targets.ts'
import { keepProfile, measureDrift, readEarlierProfile, type TargetDrift } from './stream-profile.ts'
import { listStreams, type MappedStream } from './stream-targets.ts'

/** The quality of one trait or identifier of a source. */
interface TargetQuality extends TargetMeasures {
  readonly name: string
  readonly kind: 'trait' | 'identifier'
  readonly type: string
  /** Values that the source tells and the mapping could not use, by reason. */
  readonly unusable: Readonly<Record<string, number>>
  readonly drift: TargetDrift | undefined
}

/** The quality of one source: a stream of a connection. Instants are epoch milliseconds. */
export interface StreamQuality extends StreamRef {
  readonly records: number
  readonly people: number
  /** When the last change came in. */
  readonly receivedAt: number | undefined
  /** By the source's own dates: the newest version, and the one in the middle. */
  readonly newestAt: number | undefined
  readonly medianAt: number | undefined
  readonly targets: readonly TargetQuality[]
  readonly findings: readonly FindingCount[]
  /** Records held back by a check, and rows that could not become records. */
  readonly heldBack: number
  readonly unreadableRows: number
  /** When the profile was taken that drift is measured against; undefined: this is the first. */
  readonly comparedWith: number | undefined
}

export interface ReportRequest {
  readonly duckdb: DuckDb
  readonly clock: Clock
  readonly workspace: Workspace
  /** "shop" or "shop/contacts"; undefined: all sources. */
  readonly source?: string | undefined
}

/**
 * Measures the sources as they are, and keeps a profile of each for the next comparison. Reads whole streams: seconds for a million
 * records.
 */
export async function reportQuality(request: ReportRequest): Promise<readonly StreamQuality[]> {
  const schema = withoutDerivedTraits(request.workspace.profileSchema)
  const streams = listStreams(request.workspace.mappings.values(), schema).filter((stream) =>
    isNamed(stream, request.source),
  )
  const reports: StreamQuality[] = []
  for (const stream of streams) reports.push(await reportStream(request, schema, stream))
  return reports
}

/** True when `source` is the connection of the stream, or connection and stream, or nothing. */
export const isNamed = ({ connection, stream }: StreamRef, source: string | undefined): boolean =>
  source === undefined || source === connection || source === `${connection}/${stream}`

async function reportStream(
  { duckdb, clock }: ReportRequest,
  schema: ProfileSchema,
  stream: MappedStream,
): Promise<StreamQuality> {
  const { connection, stream: name } = stream
  const earlier = await readEarlierProfile(duckdb, stream)
  const measured = await measureTargets(duckdb, stream)
  const targets: TargetQuality[] = []
  for (const [target, measures] of measured) {
    targets.push({
      name: target.name,
      kind: target.kind,
      type: target.type,
      ...measures,
      unusable: Object.fromEntries(await countUnusable(duckdb, schema, stream, target)),
      drift: earlier && (await measureDrift(duckdb, stream, target, earlier)),
    })
  }
  await keepProfile(duckdb, stream, clock.now())
  const findings = await countFindings(duckdb)
  return {
    connection,
    stream: name,
    ...(await readFreshness(duckdb, stream)),
    targets,
    findings: findings.filter((one) => one.connection === connection && one.stream === name),
    comparedWith: earlier?.takenAt,
  }
}

type Freshness = Pick<
  StreamQuality,
  'records' | 'people' | 'receivedAt' | 'newestAt' | 'medianAt' | 'heldBack' | 'unreadableRows'
>

async function readFreshness(duckdb: DuckDb, { connection, stream }: StreamRef): Promise<Freshness> {
  const row = await duckdb.one<Record<string, bigint | null>>(
    `SELECT (SELECT count(*) ${livingRecords}) AS records, (SELECT count(DISTINCT profile_id) ${livingRecords}) AS people,
       (SELECT epoch_ms(max(received_at)) FROM source_record WHERE connection = $1 AND stream = $2) AS received_at,
       (SELECT epoch_ms(max(version_at)) FROM source_record WHERE connection = $1 AND stream = $2 AND NOT deleted) AS newest_at,
       (SELECT median(epoch_ms(version_at))::BIGINT FROM source_record
         WHERE connection = $1 AND stream = $2 AND NOT deleted) AS median_at,
       (SELECT count(DISTINCT record_id) FROM quality_finding
         WHERE connection = $1 AND stream = $2 AND action = 'quarantine') AS held_back,
       (SELECT count(*) FROM quarantine WHERE connection = $1 AND stream = $2) AS unreadable_rows`,
    [connection, stream],
  )
  const count = (name: string): number => Number(row?.[name] ?? 0)
  const instant = (name: string): number | undefined => {
    const at = row?.[name]
    return at === null || at === undefined ? undefined : Number(at)
  }
  return {
    records: count('records'),
    people: count('people'),
    receivedAt: instant('received_at'),
    newestAt: instant('newest_at'),
    medianAt: instant('median_at'),
    heldBack: count('held_back'),
    unreadableRows: count('unreadable_rows'),
  }
}
