import type { TraitType } from '../../../core/profile/profile-schema.ts'
import type { Value } from '../../../core/segment/person.ts'
import type { Sql } from '../../../core/sql/sql.ts'

/** A real engine behind a dialect, as the conformance suites need it. Every dialect of the registry must have one. */
export interface DialectEngine {
  /** Asks a test of the column `v` for each value (undefined: null), in order. Null stays null. */
  ask(test: Sql, type: TraitType, values: readonly (Value | undefined)[]): Promise<(boolean | null)[]>
  /** Makes a table with a column of this name (quoted by the dialect), writes a text into it and reads it back through the column. */
  roundTrip(name: Sql, text: string): Promise<string | null>
  /** First column of the only row. */
  select(statement: Sql): Promise<unknown>
  close(): void
}
