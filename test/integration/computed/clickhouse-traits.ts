import { compileTraits, derivedColumns } from '../../../core/computed/compile-traits.ts'
import { computedTraits } from '../../../core/computed/derived-traits.ts'
import type { ProfileSchema, TraitType } from '../../../core/profile/profile-schema.ts'
import type { Person } from '../../../core/segment/person.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import { quoteName } from '../../../core/sql/dialect.ts'
import { clickhouseDialect } from '../../../core/sql/dialects/clickhouse.ts'
import { joinSql, sql, sqlText } from '../../../core/sql/sql.ts'
import { warehouseCatalogue } from '../../../hub-server/warehouse/segment/warehouse-catalogue.ts'
import type { ClickHouse } from '../../support/clickhouse.ts'
import { createTables, storeInClickHouse } from '../segment/clickhouse-rules.ts'

/** Computed traits of each of these people, as ClickHouse computes them; those that are missing are left out. */
export function computeInClickHouse(
  clickhouse: ClickHouse,
  people: readonly Person[],
  { schema, asOf }: { readonly schema: ProfileSchema; readonly asOf: number },
): Record<string, unknown>[] {
  createTables(clickhouse, schema)
  storeInClickHouse(clickhouse, schema, people)
  const context: CompileContext = { schema, asOf, catalogue: warehouseCatalogue, dialect: clickhouseDialect }
  const traits = [...computedTraits(schema).keys()]
  const columns = derivedColumns(context).map((column) => quoteName(clickhouseDialect, column))
  const select = sql`SELECT ${joinSql([sqlText('profile_id'), ...columns], ', ')} FROM (${compileTraits(context, { joins: [], columns: new Map() })}) ORDER BY profile_id`
  return clickhouse.all(select).map(([, ...values]) =>
    Object.fromEntries(
      traits.flatMap((trait, index) => {
        const value = values[index] ?? null
        return value === null ? [] : [[trait, toValue(value, schema.traits[trait]?.type)]]
      }),
    ),
  )
}

/** As rules hold values, and as columns of their type would: counts are whole numbers until they are stored. */
function toValue(value: unknown, type: TraitType | undefined): unknown {
  if (type === 'number') return Number(value)
  return type === 'date' || type === 'datetime' ? BigInt(String(value)) : value
}
