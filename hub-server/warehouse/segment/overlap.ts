import {
  comparePair,
  sortPairs,
  type Combination,
  type SegmentOverlap,
  type SegmentPair,
} from '../../../core/membership/overlap.ts'
import type { DuckDb, DuckDbSession } from '../duckdb.ts'
import { countPairs, countPatterns, patternTable, segmentsOf, type Patterns } from './overlap-patterns.ts'

/** Of so many segments every combination is told; of more, those that somebody is in exactly. */
const everyCombinationOf = 10

const nothing: SegmentOverlap = {
  segments: [],
  people: 0,
  inSeveral: 0,
  combinations: [],
  combinationsLeftOut: 0,
  pairs: [],
}

/**
 * How segments lie over each other by their present members: sizes of their combinations (at most `combinations`, the largest first)
 * and of every pair. Never waits for an evaluation under way. A segment without members counts as empty.
 */
export async function overlapSegments(
  duckdb: Pick<DuckDb, 'aside'>,
  segments: readonly string[],
  { combinations }: { readonly combinations: number },
): Promise<SegmentOverlap> {
  const asked = [...new Set(segments)]
  if (asked.length === 0) return nothing
  return duckdb.aside(async (session) => {
    const patterns = await countPatterns(session, asked)
    const counts = await countPairs(session, patterns)
    const listed = await listCombinations(session, patterns, combinations)
    const alone = await countAlone(session, patterns)
    const sizes = asked.map((segment, place) => ({
      segment,
      members: counts[place]?.[place] ?? 0,
      alone: alone.get(segment) ?? 0,
    }))
    const people = await countPeople(session)
    return {
      segments: sizes,
      people,
      inSeveral: people - sizes.reduce((sum, size) => sum + size.alone, 0),
      ...listed,
      pairs: sortPairs(toPairs(sizes, counts)),
    }
  })
}

/** Every pair of these segments by their present members, the most similar first. */
export async function pairSegments(
  duckdb: Pick<DuckDb, 'aside'>,
  segments: readonly string[],
): Promise<readonly SegmentPair[]> {
  if (segments.length < 2) return []
  return duckdb.aside(async (session) => {
    const counts = await countPairs(session, await countPatterns(session, segments))
    const sizes = segments.map((segment, place) => ({ segment, members: counts[place]?.[place] ?? 0 }))
    return sortPairs(toPairs(sizes, counts))
  })
}

function toPairs(
  sizes: readonly { readonly segment: string; readonly members: number }[],
  counts: readonly (readonly number[])[],
): SegmentPair[] {
  return sizes.flatMap((first, a) =>
    sizes.slice(a + 1).map((second, after) => comparePair(first, second, counts[a]?.[a + 1 + after] ?? 0)),
  )
}

type PatternRow = Readonly<Record<string, bigint>> & { readonly exactly: bigint; readonly at_least: bigint }

async function listCombinations(
  session: DuckDbSession,
  patterns: Patterns,
  most: number,
): Promise<Pick<SegmentOverlap, 'combinations' | 'combinationsLeftOut'>> {
  const { words, segments } = patterns
  const columns = words.map((word) => `c.${word}`).join(', ')
  const isWithin = words.map((word) => `(p.${word} & c.${word}) = c.${word}`).join(' AND ')
  const isSame = words.map((word) => `p.${word} = c.${word}`).join(' AND ')
  const every = segments.length <= everyCombinationOf
  const candidates = every
    ? `SELECT i::UBIGINT AS w0 FROM range(1, ${2 ** segments.length}) t(i)`
    : `SELECT ${words.join(', ')} FROM ${patternTable} ORDER BY people DESC, ${words.join(', ')} LIMIT ${most}`
  const rows = await session.all<PatternRow & { readonly found: bigint }>(
    `SELECT *, count(*) OVER () AS found FROM (
       SELECT ${columns}, COALESCE(sum(p.people) FILTER (WHERE ${isSame}), 0)::BIGINT AS exactly,
         sum(p.people)::BIGINT AS at_least
       FROM (${candidates}) c JOIN ${patternTable} p ON ${isWithin} GROUP BY ${columns}
     ) ORDER BY exactly DESC, at_least DESC, ${words.join(', ')} LIMIT ${most}`,
  )
  const found = every ? Number(rows[0]?.found ?? 0n) : await countRows(session)
  const combinations = rows.map((row): Combination => ({
    segments: segmentsOf(
      patterns,
      words.map((word) => row[word] ?? 0n),
    ),
    exactly: Number(row.exactly),
    atLeast: Number(row.at_least),
  }))
  return { combinations, combinationsLeftOut: found - combinations.length }
}

async function countRows(session: DuckDbSession): Promise<number> {
  const row = await session.one<{ rows: bigint }>(`SELECT count(*) AS rows FROM ${patternTable}`)
  return Number(row?.rows ?? 0n)
}

async function countPeople(session: DuckDbSession): Promise<number> {
  const row = await session.one<{ people: number | null }>(
    `SELECT sum(people)::DOUBLE AS people FROM ${patternTable}`,
  )
  return row?.people ?? 0
}

/** Members of each segment who are in none of the others. */
async function countAlone(session: DuckDbSession, patterns: Patterns): Promise<ReadonlyMap<string, number>> {
  const { words } = patterns
  const bits = words.map((word) => `bit_count(${word})::INTEGER`).join(' + ')
  const rows = await session.all<Readonly<Record<string, bigint>>>(
    `SELECT ${words.join(', ')}, people FROM ${patternTable} WHERE ${bits} = 1`,
  )
  return new Map(
    rows.map((row) => {
      const held = segmentsOf(
        patterns,
        words.map((word) => row[word] ?? 0n),
      )
      return [held[0] ?? '', Number(row['people'] ?? 0n)]
    }),
  )
}
