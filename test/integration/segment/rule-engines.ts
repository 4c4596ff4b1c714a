import { missingClickHouse } from '../../support/clickhouse.ts'
import { openClickHouseRules } from './clickhouse-rules.ts'
import { openDuckDbRules } from './duckdb-rules.ts'
import type { RuleEngine, RuleMoment } from './rule-engine.ts'

/**
 * The engines by their names. `missing`: why tests of one are skipped, where it is not installed. `share`: which part of the random
 * rules it is given by default, as ClickHouse takes thrice as long to read a statement.
 */
export const ruleEngines: readonly {
  readonly name: string
  readonly open: (moment: RuleMoment) => Promise<RuleEngine>
  readonly share: number
  readonly missing?: string | undefined
}[] = [
  { name: 'DuckDB', open: openDuckDbRules, share: 1 },
  { name: 'ClickHouse', open: openClickHouseRules, share: 0.4, missing: missingClickHouse },
]
