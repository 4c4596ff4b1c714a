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

/** True when the seat's bit is set (or, with `holds` false, when it is not). */
export function testSeat(seat: Seat, holds: boolean, dialect: Dialect): Sql {
  const bit = dialect.bitAnd(quoteName(dialect, seat.column), dialect.bigint(seat.bit))
  return holds ? sql`${bit} <> 0` : sql`${bit} = 0`
}

/** Sets the bits of one column from tests; null counts as not passing. Bits of other columns are left out; none make zero. */
export function packBits(tests: readonly (readonly [Seat, Sql])[], column: string, dialect: Dialect): Sql {
  const zero = dialect.bigint(0n)
  return (
    tests
      .filter(([seat]) => seat.column === column)
      .map(([seat, test]) => sql`CASE WHEN ${test} THEN ${dialect.bigint(seat.bit)} ELSE ${zero} END`)
      .reduce<Sql | undefined>((packed, bit) => (packed ? dialect.bitOr(packed, bit) : bit), undefined) ??
    zero
  )
}
