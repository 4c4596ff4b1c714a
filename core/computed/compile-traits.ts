import { AffluentError } from '../errors/affluent-error.ts'
import type { ProfileSchema } from '../profile/profile-schema.ts'
import { compileTruth } from '../segment/compile-rule.ts'
import { compileFilter } from '../segment/event-filter.ts'
import { compileMeasure } from '../segment/event-formula.ts'
import { isTotal } from '../segment/measure.ts'
import type { CompileContext } from '../segment/to-formula.ts'
import { quoteName } from '../sql/dialect.ts'
import { joinSql, sql, sqlKey, type Sql } from '../sql/sql.ts'
import { compileExpression } from './compile-expression.ts'
import { computedTraits } from './derived-traits.ts'
import type { EventExpression } from './expression.ts'
import { orderTraits } from './order-traits.ts'
import { walkExpression } from './walk-expression.ts'

/** Traits that are joined from elsewhere. Columns of the profile carry the alias `b` in `joins`. */
export interface JoinedTraits {
  readonly joins: readonly Sql[]
  readonly columns: ReadonlyMap<string, Sql>
}

/**
 * One SELECT of all derived traits of all profiles: `profile_id`, the derived traits by the names of their columns, and the values that
 * the profiles hold of them now, as `before_<column>`. Aggregates over events with one filter share one scan; each level of computed
 * traits reads the one before.
 */
export function compileTraits(context: CompileContext, joined: JoinedTraits): Sql {
  const { dialect, catalogue, schema } = context
  const name = (text: string): Sql => quoteName(dialect, text)
  const computed = computedTraits(schema)
  const measures = collectMeasures(context)
  let from = selectBase(context, joined, measures)
  for (const level of orderTraits(schema)) {
    const columns = level.flatMap((trait) => {
      const expression = computed.get(trait)
      if (expression === undefined) return []
      const compiled = compileExpression(expression, {
        ...context,
        measureColumn: (measure) => measureColumn(measures, measure, context),
        compileTruth: (rule) => compileTruth(rule, context),
      })
      return [sql`${compiled} AS ${name(catalogue.traitColumn(trait))}`]
    })
    from = sql`SELECT p.*, ${joinSql(columns, ', ')} FROM (${from}) AS p`
  }
  const derived = derivedColumns(context)
  const all = derived.flatMap((column) => [sql`p.${name(column)}`, sql`p.${name(beforeColumn(column))}`])
  return sql`SELECT ${joinSql([sql`p.${name('profile_id')}`, ...all], ', ')} FROM (${from}) AS p`
}

/** Names of the columns of all computed and enriched traits. */
export function derivedColumns({
  schema,
  catalogue,
}: Pick<CompileContext, 'schema' | 'catalogue'>): string[] {
  return Object.entries(schema.traits).flatMap(([trait, definition]) =>
    isComputedHere(definition) ? [catalogue.traitColumn(trait)] : [],
  )
}

/** Imputed traits are filled before, and read as source traits are. */
const isComputedHere = ({ computed, enriched_by: enrichment }: ProfileSchema['traits'][string]): boolean =>
  computed !== undefined || enrichment !== undefined

/** Column with what a profile held of a derived trait until now. */
export const beforeColumn = (column: string): string => `before_${column}`

/** Aggregates by their filter: those of one filter are computed by one scan. */
type MeasureGroups = ReadonlyMap<
  string,
  { readonly filter: Sql; readonly alias: string; readonly columns: Map<string, MeasureColumn> }
>

interface MeasureColumn {
  readonly aggregate: Sql
  readonly name: string
  readonly isTotal: boolean
}

function collectMeasures(context: CompileContext): MeasureGroups {
  const groups: Map<string, { filter: Sql; alias: string; columns: Map<string, MeasureColumn> }> = new Map()
  for (const expression of computedTraits(context.schema).values()) {
    for (const { node } of walkExpression(expression)) {
      if (node.kind !== 'event') continue
      const filter = compileFilter(node.measure, context)
      const key = sqlKey(filter)
      const group = groups.get(key) ?? { filter, alias: `m${groups.size}`, columns: new Map() }
      groups.set(key, group)
      const aggregate = compileMeasure(node.measure, context)
      const id = sqlKey(aggregate)
      if (group.columns.has(id)) continue
      const column = `${group.alias}_${group.columns.size}`
      group.columns.set(id, { aggregate, name: column, isTotal: isTotal(node.measure.measure) })
    }
  }
  return groups
}

function measureColumn(groups: MeasureGroups, measure: EventExpression, context: CompileContext): Sql {
  const group = groups.get(sqlKey(compileFilter(measure, context)))
  const column = group?.columns.get(sqlKey(compileMeasure(measure, context)))
  if (!column) throw new AffluentError('internal.unexpected', { act: 'compiling computed traits' })
  return sql`p.${quoteName(context.dialect, column.name)}`
}

/** Profiles with all that expressions read: source traits, joined traits, consents and measures; nobody's events count as zero. */
function selectBase(context: CompileContext, joined: JoinedTraits, measures: MeasureGroups): Sql {
  const { dialect, catalogue } = context
  const name = (text: string): Sql => quoteName(dialect, text)
  const id = name('profile_id')
  const aggregated = [...measures.values()].flatMap(({ alias, columns }) =>
    [...columns.values()].map((column) => {
      const value = sql`${name(alias)}.${name(column.name)}`
      return column.isTotal
        ? sql`COALESCE(${value}, 0) AS ${name(column.name)}`
        : sql`${value} AS ${name(column.name)}`
    }),
  )
  const joins = [...measures.values()].map(({ filter, alias, columns }) => {
    const selected = [...columns.values()].map((column) => sql`${column.aggregate} AS ${name(column.name)}`)
    const rows = sql`SELECT ${id}, ${joinSql(selected, ', ')} FROM ${name(catalogue.event)} WHERE ${filter} GROUP BY ${id}`
    return sql`LEFT JOIN (${rows}) AS ${name(alias)} ON ${name(alias)}.${id} = b.${id}`
  })
  const columns = [
    sql`b.${id} AS ${id}`,
    ...profileColumns(context),
    ...joinedColumns(context, joined),
    ...aggregated,
  ]
  return joinSql(
    [sql`SELECT ${joinSql(columns, ', ')} FROM ${name(catalogue.profile)} AS b`, ...joins, ...joined.joins],
    ' ',
  )
}

/**
 * What profiles hold: source traits and consents under their names, derived traits as they were before. Each is named, as ClickHouse calls
 * columns of a join by their table too.
 */
function profileColumns({ dialect, catalogue, schema }: CompileContext): Sql[] {
  const name = (text: string): Sql => quoteName(dialect, text)
  const own = (column: string): Sql => sql`b.${name(column)} AS ${name(column)}`
  const traits = Object.entries(schema.traits).map(([trait, definition]) => {
    const column = catalogue.traitColumn(trait)
    return isComputedHere(definition) ? sql`b.${name(column)} AS ${name(beforeColumn(column))}` : own(column)
  })
  const consents = Object.entries(schema.consents).flatMap(([purpose, { channels }]) =>
    channels.map((channel) => own(catalogue.consentColumn(purpose, channel))),
  )
  return [...traits, ...consents]
}

/** An enrichment that was never read gives nothing. */
function joinedColumns({ dialect, catalogue, schema }: CompileContext, { columns }: JoinedTraits): Sql[] {
  return Object.entries(schema.traits).flatMap(([trait, { enriched_by: enrichment }]) => {
    if (enrichment === undefined) return []
    return [sql`${columns.get(trait) ?? sql`NULL`} AS ${quoteName(dialect, catalogue.traitColumn(trait))}`]
  })
}
