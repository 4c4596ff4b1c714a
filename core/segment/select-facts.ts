import { quoteName } from '../sql/dialect.ts'
import { joinSql, sql, sqlKey, type Sql } from '../sql/sql.ts'
import { fromIdentifiers, identifierValue } from './compile-rule.ts'
import type { Fact } from './fact.ts'
import type { EventPeople, IdentifierPeople, SelectedPeople } from './formula.ts'
import { packBits, type Seat } from './seat.ts'
import type { CompileContext } from './to-formula.ts'

interface Seated<Told> {
  readonly people: Told
  readonly seat: Seat
}

/**
 * One SELECT of all facts that stem from events and identifiers: a branch for each distinct event filter, with its measures computed
 * once however many rules compare them, and one for each identifier kind. Columns: profile_id and the words. Null when there are none.
 */
export function selectFacts(
  facts: readonly Fact[],
  words: readonly string[],
  context: CompileContext,
): Sql | null {
  const events: Seated<EventPeople>[] = []
  const identifiers: Seated<IdentifierPeople>[] = []
  const selected: Seated<SelectedPeople>[] = []
  for (const fact of facts) {
    if (fact.kind !== 'people') continue
    const { people, seat } = fact
    if (people.source === 'event') events.push({ people, seat })
    else if (people.source === 'select') selected.push({ people, seat })
    else identifiers.push({ people, seat })
  }
  const branches = [
    ...groupBy(events, ({ people }) => sqlKey(people.filter)).map((group) =>
      eventBranch(group, words, context),
    ),
    ...groupBy(identifiers, ({ people }) => people.identifier).map((group) =>
      identifierBranch(group, words, context),
    ),
    ...selected.map((fact) => selectedBranch(fact, words, context)),
  ]
  return branches.length === 0 ? null : unite(branches, words, context)
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): (readonly Item[])[] {
  return [...Map.groupBy(items, keyOf).values()]
}

/** One row a person: the bits of all branches together. */
function unite(branches: readonly Sql[], words: readonly string[], { dialect }: CompileContext): Sql {
  const id = quoteName(dialect, 'profile_id')
  const united = words.map((word) => {
    const column = quoteName(dialect, word)
    return sql`${dialect.bitOrAggregate(column)} AS ${column}`
  })
  const columns = joinSql([id, ...united], ', ')
  return sql`SELECT ${columns} FROM (${joinSql(branches, ' UNION ALL ')}) AS f GROUP BY ${id}`
}

/** Facts of one event filter. When any event will do, rows need no grouping: uniting the branches does it. */
function eventBranch(
  group: readonly Seated<EventPeople>[],
  words: readonly string[],
  context: CompileContext,
): Sql {
  const { dialect, catalogue } = context
  const id = quoteName(dialect, 'profile_id')
  const filter = group[0]?.people.filter ?? sql`FALSE`
  const rows = sql`FROM ${quoteName(dialect, catalogue.event)} WHERE ${filter}`
  const measures = distinctMeasures(group)
  const tests = group.map(({ people: { having }, seat }): [Seat, Sql] => [
    seat,
    having ? having.test(measureColumn(measures, having.measure, context)) : sql`TRUE`,
  ])
  const bits = selectWords(tests, words, context)
  if (measures.size === 0) return sql`SELECT ${id}, ${bits} ${rows}`
  const columns = [...measures.values()].map(
    ({ measure, name }) => sql`${measure} AS ${quoteName(dialect, name)}`,
  )
  const grouped = sql`SELECT ${id}, ${joinSql(columns, ', ')} ${rows} GROUP BY ${id}`
  return sql`SELECT ${id}, ${bits} FROM (${grouped}) AS m`
}

type Measures = ReadonlyMap<string, { readonly measure: Sql; readonly name: string }>

function distinctMeasures(group: readonly Seated<EventPeople>[]): Measures {
  const measures = new Map<string, { measure: Sql; name: string }>()
  for (const { people } of group) {
    if (!people.having) continue
    const { measure } = people.having
    const key = sqlKey(measure)
    if (!measures.has(key)) measures.set(key, { measure, name: `m${measures.size}` })
  }
  return measures
}

function measureColumn(measures: Measures, measure: Sql, { dialect }: CompileContext): Sql {
  const found = measures.get(sqlKey(measure))
  return found ? quoteName(dialect, found.name) : measure
}

function identifierBranch(
  group: readonly Seated<IdentifierPeople>[],
  words: readonly string[],
  context: CompileContext,
): Sql {
  const identifier = group[0]?.people.identifier ?? ''
  const value = identifierValue(context)
  const tests = group.map(({ people, seat }): [Seat, Sql] => [seat, people.test?.(value) ?? sql`TRUE`])
  const id = quoteName(context.dialect, 'profile_id')
  return sql`SELECT r.${id}, ${selectWords(tests, words, context)} ${fromIdentifiers(identifier, context)}`
}

function selectedBranch(
  { people, seat }: Seated<SelectedPeople>,
  words: readonly string[],
  context: CompileContext,
): Sql {
  const id = quoteName(context.dialect, 'profile_id')
  return sql`SELECT ${id}, ${selectWords([[seat, sql`TRUE`]], words, context)} FROM (${people.select}) AS m`
}

function selectWords(
  tests: readonly (readonly [Seat, Sql])[],
  words: readonly string[],
  { dialect }: CompileContext,
): Sql {
  return joinSql(
    words.map((word) => sql`${packBits(tests, word, dialect)} AS ${quoteName(dialect, word)}`),
    ', ',
  )
}
