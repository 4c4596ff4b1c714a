import { afterAll, beforeAll, describe } from 'vitest'
import type { Dialect } from '../../../core/sql/dialect.ts'
import { dialects } from '../../../core/sql/dialects/registry.ts'
import { missingClickHouse } from '../../support/clickhouse.ts'
import { openClickHouseEngine } from './clickhouse-engine.ts'
import type { DialectEngine } from './dialect-engine.ts'
import { openDuckDbEngine } from './duckdb-engine.ts'

/** The engine of a dialect. `missing`: why its tests are skipped, where it is not installed. */
interface EngineOfDialect {
  readonly open: () => Promise<DialectEngine>
  readonly missing?: string | undefined
}

/** The engine of each dialect by its name. */
const engines: Readonly<Record<string, EngineOfDialect>> = {
  duckdb: { open: openDuckDbEngine },
  clickhouse: { open: openClickHouseEngine, missing: missingClickHouse },
}

/** Registers tests for every dialect of the registry; `engine` may be called inside of them. */
export function describeDialects(tests: (dialect: Dialect, engine: () => DialectEngine) => void): void {
  for (const dialect of dialects) {
    const of = engines[dialect.name]
    if (!of) throw new Error(`test/conformance/dialect/engines.ts has no engine for ${dialect.name}`)
    const remark = of.missing === undefined ? '' : ` (${of.missing})`
    describe.skipIf(of.missing !== undefined)(`${dialect.name}${remark}`, () => {
      let engine: DialectEngine
      beforeAll(async () => {
        engine = await of.open()
      })
      afterAll(() => engine.close())
      tests(dialect, () => engine)
    })
  }
}
