/** How often each table was written to, so that what was read of it can be kept until it is written to again. */
export interface TableVersions {
  /** Notes which tables a statement writes to. */
  readonly noteStatement: (sql: string) => void
  readonly noteTable: (table: string) => void
  /** What was noted is committed, or undone. */
  readonly settle: () => void
  /** Everything may be another. */
  readonly replace: () => void
  /** Another text as soon as whoever wrote to one of the tables knows that it is committed. Views count as the tables under them. */
  readonly of: (tables: readonly string[]) => string
}

/** The tables that the parts of a statement write to, make or take away. */
const target =
  /\b(?:INTO|UPDATE|DELETE\s+FROM|TRUNCATE|TABLE(?:\s+IF(?:\s+NOT)?\s+EXISTS)?)\s+(?:main\.)?"?(\w+)/gi

/** Versions of the tables of one database, which nobody else writes to. */
export function createTableVersions(): TableVersions {
  const versions = new Map<string, number>()
  const written = new Set<string>()
  let opened = 0
  const noteTable = (table: string): void => void written.add(table.toLowerCase())
  return {
    noteTable,
    noteStatement(sql) {
      for (const [, table = ''] of sql.matchAll(target)) noteTable(table)
    },
    settle() {
      for (const table of written) versions.set(table, (versions.get(table) ?? 0) + 1)
      written.clear()
    },
    replace() {
      opened += 1
    },
    of: (tables) => [opened, ...tables.map((table) => versions.get(table) ?? 0)].join(' '),
  }
}
