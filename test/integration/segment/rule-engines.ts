import { missingClickHouse } from '../../support/clickhouse.ts'
import { openClickHouseRules } from './clickhouse-rules.ts'
import { openDuckDbRules } from './duckdb-rules.ts'
import type { RuleEngine, RuleMoment } from './rule-engine.ts'

interface TestedEngine {
  readonly name: string
  /** The name, and why tests of it are skipped where they are. */
  readonly title: string
  readonly open: (moment: RuleMoment) => Promise<RuleEngine>
  /** Which part of the random rules it is given by default. */
  readonly share: number
  /** Why tests of it are skipped, where it is not installed. */
  readonly missing?: string | undefined
}

const remark = missingClickHouse === undefined ? '' : ` (${missingClickHouse})`

/** Every engine that rules are held to. */
export const ruleEngines: readonly TestedEngine[] = [
  { name: 'DuckDB', title: 'DuckDB', open: openDuckDbRules, share: 1 },
  {
    name: 'ClickHouse',
    title: `ClickHouse${remark}`,
    open: openClickHouseRules,
    // It takes thrice as long to read a statement.
    share: 0.4,
    missing: missingClickHouse,
  },
]
