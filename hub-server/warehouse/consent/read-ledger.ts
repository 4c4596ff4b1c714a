import { z } from 'zod'
import type { ConsentEntry } from '../../../core/consent/decide-consent.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { ofRecords } from '../profile/few-records.ts'
import { readPersonRows, type PersonRows } from '../profile/person-rows.ts'
import { toProfileNumber } from './profile-number.ts'

/** A line of the ledger, and where it stands in it. */
interface Line extends ConsentEntry {
  /** Microseconds since 1970. */
  readonly at: number
  /** Of two that were noted at one instant, the one that was written first comes first; what records say now before all. */
  readonly entryId: number
}

const entryRow: z.ZodType<Line> = z.object({
  purpose: z.string(),
  channel: z.string(),
  status: z.enum(['granted', 'denied']),
  origin: z.enum(['record', 'platform', 'person']),
  source: z.string(),
  decidedAt: z.number().nullable(),
  notedAt: z.number(),
  legalBasis: z.string().nullable(),
  wording: z.string().nullable(),
  note: z.string().nullable(),
  standing: z.enum(['current', 'former', 'corrected']),
  at: z.number(),
  entryId: z.number(),
})

/** All entries about a profile, in the order in which they were noted: what its records say, said before, and what was noted beside. */
export async function readLedger(
  duckdb: DuckDb,
  schema: ProfileSchema,
  profileId: string,
): Promise<readonly ConsentEntry[]> {
  const number = toProfileNumber(profileId)
  const rows = number === undefined ? undefined : await readPersonRows(duckdb, schema, number)
  return rows ? readLedgerOf(duckdb, rows) : []
}

/** The same of a person who was read. */
export async function readLedgerOf(duckdb: DuckDb, rows: PersonRows): Promise<readonly ConsentEntry[]> {
  const lines = [...toldLines(rows), ...(rows.isLedgerKept ? await readEntries(duckdb, rows) : [])]
  const byTime = lines.toSorted((a, b) => a.at - b.at || a.entryId - b.entryId || byName(a, b))
  return byTime.map(({ at: _at, entryId: _entryId, ...entry }) => entry)
}

const nameOf = ({ purpose, channel, status }: ConsentEntry): string => `${purpose} ${channel} ${status}`
const byName = (a: ConsentEntry, b: ConsentEntry): number => (nameOf(a) < nameOf(b) ? -1 : 1)

/** What the records say now. Of those that are gone a denial still counts. */
function toldLines({ records, consents }: PersonRows): Line[] {
  const byId = new Map(records.map((record) => [record.id, record]))
  return consents.flatMap(({ id, part: _part, ...told }): Line[] => {
    const record = byId.get(id)
    if (!record) return []
    const at = told.notedAt ?? record.versionAt
    return [
      {
        ...told,
        origin: 'record',
        source: `${record.connection}/${record.stream}`,
        notedAt: Math.floor(at / 1000),
        note: null,
        standing: record.deleted ? 'former' : 'current',
        at,
        entryId: -1,
      },
    ]
  })
}

/** What was noted of the person's records, or of anybody with one of their identifiers. */
async function readEntries(duckdb: DuckDb, { records }: PersonRows): Promise<Line[]> {
  const found = await duckdb.all<{ row: string }>(entriesSql(records.map(({ id }) => id)), [
    JSON.stringify(records.flatMap(({ identifiers }) => identifiers)),
  ])
  return found.map(({ row }) => entryRow.parse(JSON.parse(row)))
}

const entriesSql = (ids: readonly bigint[]): string => `
  SELECT to_json({purpose: purpose, channel: channel, status: status, origin: origin, source: source,
    "decidedAt": epoch_ms(decided_at), "notedAt": epoch_ms(noted_at), "legalBasis": legal_basis, wording: wording, note: note,
    standing: CASE WHEN corrected THEN 'corrected' WHEN origin = 'record' THEN 'former' ELSE 'current' END,
    "at": epoch_us(noted_at), "entryId": entry_id}) AS row
  FROM (
    ${ofRecords('consent_entry', ids)}
    UNION FROM consent_entry WHERE (kind, value) IN (
      SELECT (kind, value) FROM (
        SELECT unnest(from_json($1::JSON, '[{"kind": "VARCHAR", "value": "VARCHAR"}]'), recursive := true))))`
