import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { compileRule } from '../../../core/segment/compile-rule.ts'
import { ruleSchema, type Rule } from '../../../core/segment/rule.ts'
import { validateRule } from '../../../core/segment/validate-rule.ts'
import { walkRule } from '../../../core/segment/walk-rule.ts'
import { duckdbDialect } from '../../../core/sql/dialects/duckdb.ts'
import { renderSql } from '../../../core/sql/sql.ts'
import { openDuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { warehouseCatalogue } from '../../../hub-server/warehouse/segment/warehouse-catalogue.ts'
import { prepareTables } from '../../../hub-server/warehouse/tables.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { strangeParts } from '../../support/strange-parts.ts'
import { worldAsOf, worldSchema } from '../segment/random-world.ts'
import { hostileRule } from './hostile-rule.ts'

const context = {
  schema: worldSchema,
  catalogue: warehouseCatalogue,
  dialect: duckdbDialect,
  asOf: worldAsOf,
}

/** HOSTILE_RUNS=50000 for the long run. */
const numRuns = Number(process.env['HOSTILE_RUNS'] ?? 1500)
const seed = 24

/** What becomes of a written rule on its way to SQL: refused, or one compiled statement. */
function compileWritten(written: unknown): { text: string; values: readonly unknown[] } | undefined {
  const parsed = ruleSchema.safeParse(written)
  if (!parsed.success) return undefined
  const segments = new Map<string, Rule>([['asked', parsed.data]])
  // A name of a segment is a value in SQL: whatever it is, it must be bound.
  for (const { node } of walkRule(parsed.data))
    if (node.kind === 'segment') segments.set(node.condition.segment, { all: [] })
  const faults = validateRule(parsed.data, { name: 'asked', profileSchema: worldSchema, segments })
  return faults.length > 0 ? undefined : renderSql(compileRule(parsed.data, context), duckdbDialect)
}

describe('text that reaches SQL', () => {
  it('X24: whatever a rule holds, one statement of our own words comes out, all values bound', async (test) => {
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    onTestFinished(() => connection.closeSync())
    const counts = { rules: 0, compiled: 0, strange: 0 }
    await fc.assert(
      fc.asyncProperty(hostileRule, async (written) => {
        counts.rules += 1
        const compiled = compileWritten(written)
        if (!compiled) return
        counts.compiled += 1
        const { text, values } = compiled
        const bound = new Set(text.match(/\$\d+/g))
        const statements = await connection.extractStatements(text)
        const isOurs =
          strangeParts(text).length === 0 && bound.size === values.length && statements.count === 1
        if (!isOurs) counts.strange += 1
        expect([strangeParts(text), bound.size, statements.count]).toEqual([[], values.length, 1])
      }),
      { numRuns, seed },
    )
    reportFigure(test, {
      check: 'X24',
      claim: `statements of another shape, of ${counts.rules} fuzzed rules of which so many compiled`,
      value: counts.strange,
      of: counts.compiled,
      target: '0',
      seed,
    })
    // Rules that are all refused would prove nothing.
    expect(counts.compiled).toBeGreaterThan(numRuns / 20)
  })

  it('X26: the database lets no text out of itself, even where the compiler had failed', async (test) => {
    const folder = await mkdtemp(join(tmpdir(), 'affluent-escape-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const duckdb = await openDuckDb({ path: ':memory:', threads: 1 })
    onTestFinished(() => duckdb.close())
    await prepareTables(duckdb, worldSchema)
    const escapes = escapesTo(folder)
    const allowed: string[] = []
    const ways = [
      (sql: string) => duckdb.run(sql),
      (sql: string) => duckdb.read(sql),
      (sql: string) => duckdb.aside((session) => session.all(sql)),
    ]
    for (const escape of escapes)
      for (const way of ways)
        await way(escape).then(
          () => allowed.push(escape),
          () => undefined,
        )
    reportFigure(test, {
      check: 'X26',
      claim: 'ways out of the database that it allowed',
      value: allowed.length,
      of: escapes.length * ways.length,
      target: '0',
    })
    expect(allowed).toEqual([])
    expect(readdirSync(folder)).toEqual([])
    expect(existsSync('escape.duckdb')).toBe(false)
  })
})

function escapesTo(folder: string): readonly string[] {
  const file = join(folder, 'escape')
  return [
    // Files read.
    ...['read_csv', 'read_csv_auto', 'read_text', 'read_blob', 'read_json', 'read_parquet', 'sniff_csv'].map(
      (reader) => `SELECT * FROM ${reader}('/etc/passwd')`,
    ),
    `SELECT * FROM '/etc/passwd'`,
    `SELECT * FROM "/etc/hosts.csv"`,
    `SELECT * FROM glob('/etc/*')`,
    `SELECT * FROM parquet_metadata('/etc/passwd')`,
    `CREATE TABLE stolen AS SELECT * FROM read_text('/etc/hostname')`,
    `COPY profile FROM '/etc/passwd'`,
    `IMPORT DATABASE '${folder}'`,
    // Files written.
    `COPY (SELECT 1) TO '${file}.csv'`,
    `COPY profile TO '${file}.parquet' (FORMAT parquet)`,
    `EXPORT DATABASE '${file}'`,
    `PRAGMA profiling_output='${file}.json'`,
    `SET log_query_path = '${file}.log'`,
    // Not among them: enable_logging(storage = 'file') writes nothing either, but ends the process (DuckDB 1.5.6).
    `CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')`,
    `CREATE PERSISTENT SECRET s (TYPE http)`,
    // Other databases.
    `ATTACH '${file}.duckdb'`,
    `ATTACH '${file}.duckdb' AS other (READ_ONLY)`,
    `ATTACH 'host=127.0.0.1' AS pg (TYPE postgres)`,
    `ATTACH '${file}.sqlite' (TYPE sqlite)`,
    `COPY FROM DATABASE memory TO other`,
    // Extensions and the network.
    ...['httpfs', 'postgres', 'sqlite', 'aws', 'shellfs'].flatMap((name) => [
      `INSTALL ${name}`,
      `LOAD ${name}`,
    ]),
    `INSTALL spatial FROM 'http://127.0.0.1:1/'`,
    `LOAD '${file}.duckdb_extension'`,
    `FORCE INSTALL httpfs`,
    `SELECT * FROM read_text('https://127.0.0.1:1/')`,
    `SELECT * FROM read_csv('s3://bucket/key')`,
    `SELECT * FROM 'http://169.254.169.254/latest/meta-data/'`,
    // Settings.
    ...[
      'enable_external_access = true',
      'lock_configuration = false',
      "memory_limit = '1TB'",
      `temp_directory = '${folder}'`,
      `home_directory = '${folder}'`,
      `extension_directory = '${folder}'`,
      `secret_directory = '${folder}'`,
      'allow_unsigned_extensions = true',
      'allow_community_extensions = true',
      'autoinstall_known_extensions = true',
      'autoload_known_extensions = true',
      `allowed_directories = ['/']`,
      `allowed_paths = ['/etc/passwd']`,
      `custom_extension_repository = 'http://127.0.0.1:1'`,
      'enable_http_metadata_cache = true',
      `http_proxy = '127.0.0.1:1'`,
    ].flatMap((setting) => [`SET ${setting}`, `SET GLOBAL ${setting}`]),
    `RESET lock_configuration`,
    `RESET GLOBAL enable_external_access`,
    `PRAGMA enable_external_access = true`,
    // The environment and the machine.
    `SELECT getenv('HOME')`,
    `SELECT * FROM duckdb_secrets(redact = false)`,
    `SELECT shell('id')`,
    `SELECT system('id')`,
  ]
}
