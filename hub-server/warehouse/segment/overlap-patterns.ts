import type { DuckDbSession } from '../duckdb.ts'

/** One bit a segment, 64 in a word. */
const wordBits = 64

/** The temporary table `overlap_pattern`: one row for each set of the segments that somebody is in, and `people`. */
export interface Patterns {
  readonly segments: readonly string[]
  /** Names of the columns that hold the bits. */
  readonly words: readonly string[]
}

export const patternTable = 'overlap_pattern'

const wordOf = (index: number): number => Math.floor(index / wordBits)
const bitOf = (index: number): bigint => 1n << BigInt(index % wordBits)

/**
 * Counts people by the set of these segments that they are in now. One pass over the memberships: a person's memberships become bits,
 * and equal bits are counted. The table is gone with the session.
 */
export async function countPatterns(session: DuckDbSession, segments: readonly string[]): Promise<Patterns> {
  const words = Array.from({ length: wordOf(segments.length - 1) + 1 }, (_, word) => `w${word}`)
  const seats = segments.map((_, index) => `($${index + 1}, ${wordOf(index)}, ${bitOf(index)}::UBIGINT)`)
  const bits = words.map((name, word) => {
    const bit = words.length === 1 ? 's.bit' : `CASE WHEN s.word = ${word} THEN s.bit ELSE 0::UBIGINT END`
    return `bit_or(${bit}) AS ${name}`
  })
  await session.run(
    `CREATE TEMP TABLE ${patternTable} AS
     SELECT ${words.join(', ')}, count(*) AS people
     FROM (
       SELECT ${bits.join(', ')}
       FROM every_membership m JOIN (VALUES ${seats.join(', ')}) s(segment, word, bit) ON s.segment = m.segment
       WHERE m.exited_at IS NULL GROUP BY m.profile_id
     ) GROUP BY ${words.join(', ')}`,
    [...segments],
  )
  return { segments, words }
}

/** The segments of a pattern, from the values of its words. */
export function segmentsOf({ segments }: Patterns, values: readonly bigint[]): string[] {
  return segments.filter((_, index) => ((values[wordOf(index)] ?? 0n) & bitOf(index)) !== 0n)
}

/** Eight segments at a time: every set of two chunks fits into 65,536 groups, however many segments there are. */
const chunkBits = 8

/** People in each segment (on the diagonal) and in each two of them, by their places in the list. */
export async function countPairs(
  session: DuckDbSession,
  { segments }: Patterns,
): Promise<readonly (readonly number[])[]> {
  const counts = segments.map(() => segments.map(() => 0))
  const chunks = Math.ceil(segments.length / chunkBits)
  for (let first = 0; first < chunks; first += 1) {
    for (let second = first; second < chunks; second += 1) {
      // One key costs a quarter less than two.
      const rows = await session.all<{ bits: number; people: number }>(
        `SELECT (${chunkOf(first)} | (${chunkOf(second)} << ${chunkBits}))::INTEGER AS bits, sum(people)::DOUBLE AS people
         FROM ${patternTable} GROUP BY 1`,
      )
      for (const { bits, people } of rows)
        addPairs(counts, placesOf(bits, first), placesOf(bits >> chunkBits, second), people)
    }
  }
  return counts
}

function chunkOf(chunk: number): string {
  const start = chunk * chunkBits
  return `((w${wordOf(start)} >> ${start % wordBits}) & ${2 ** chunkBits - 1})`
}

const placesOf = (bits: number, chunk: number): number[] =>
  Array.from({ length: chunkBits }, (_, bit) => bit)
    .filter((bit) => (bits & (1 << bit)) !== 0)
    .map((bit) => chunk * chunkBits + bit)

function addPairs(
  counts: readonly number[][],
  first: readonly number[],
  second: readonly number[],
  people: number,
): void {
  for (const a of first) {
    const row = counts[a]
    if (row) for (const b of second) row[b] = (row[b] ?? 0) + people
  }
}
