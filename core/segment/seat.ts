import { quoteName, type Dialect } from '../sql/dialect.ts'
import { sql, type Sql } from '../sql/sql.ts'

/** One bit in a column of a table: whether a fact, or a membership, is true. */
export interface Seat {
  readonly column: string
  readonly bit: bigint
}

/** Bits used of a signed 64-bit column: all but the sign, and one to spare. */
export const bitsPerWord = 62

/** The seat of the `index`-th thing in columns named prefix0, prefix1, … */
export function seatAt(prefix: string, index: number): Seat {
  const word = Math.floor(index / bitsPerWord)
  return { column: `${prefix}${word}`, bit: 1n << BigInt(index % bitsPerWord) }
}

/** Names of the columns that hold this many seats; at least one. */
export function seatColumns(prefix: string, seats: number): string[] {
  const words = Math.max(1, Math.ceil(seats / bitsPerWord))
  return Array.from({ length: words }, (_, word) => `${prefix}${word}`)
}

/** A seat, and whether its bit is asked to be set. */
export interface AskedSeat {
  readonly seat: Seat
  readonly holds: boolean
}

/**
 * Tests that all ("and") or any ("or") of these bits are as asked: one comparison a column, so that engines plan little. At least one
 * test; fifty rules of three facts each are planned in a quarter of the time that a comparison for each bit takes.
 */
export function testSeats(kind: 'and' | 'or', asked: readonly AskedSeat[], dialect: Dialect): Sql[] {
  const columns = Map.groupBy(asked, ({ seat }) => seat.column)
  return [...columns].flatMap(([name, seats]) => {
    const set = bitsOf(seats.filter(({ holds }) => holds))
    const clear = bitsOf(seats.filter(({ holds }) => !holds))
    const isBoth = (set & clear) !== 0n
    if (isBoth) return [kind === 'and' ? sql`FALSE` : sql`TRUE`]
    const bits = dialect.bitAnd(quoteName(dialect, name), dialect.bigint(set | clear))
    const order = kind === 'and' ? sql`=` : sql`<>`
    return [sql`${bits} ${order} ${dialect.bigint(kind === 'and' ? set : clear)}`]
  })
}

function bitsOf(seats: readonly AskedSeat[]): bigint {
  return seats.reduce((bits, { seat }) => bits | seat.bit, 0n)
}

/** Sets the bits of one column from tests; null counts as not passing. Bits of other columns are left out; none make zero. */
export function packBits(tests: readonly (readonly [Seat, Sql])[], column: string, dialect: Dialect): Sql {
  const zero = dialect.bigint(0n)
  const bits = tests
    .filter(([seat]) => seat.column === column)
    .map(([seat, test]) => sql`CASE WHEN ${test} THEN ${dialect.bigint(seat.bit)} ELSE ${zero} END`)
  return unite(bits, dialect) ?? zero
}

/** Halves united on their own: engines look at every part of a long chain again for each of its links. */
function unite(bits: readonly Sql[], dialect: Dialect): Sql | undefined {
  if (bits.length < 2) return bits[0]
  const middle = bits.length >> 1
  const [left, right] = [unite(bits.slice(0, middle), dialect), unite(bits.slice(middle), dialect)]
  return left && right ? dialect.bitOr(left, right) : (left ?? right)
}
