import { sqlKey, type Sql } from '../sql/sql.ts'
import { sql } from '../sql/sql.ts'
import { identifierValue } from './compile-rule.ts'
import type { Formula, People } from './formula.ts'
import { seatAt, type Seat } from './seat.ts'
import type { CompileContext } from './to-formula.ts'

/** A leaf of rules that is computed once for all of them, with its seat among a person's bits. */
export type Fact =
  | { readonly kind: 'test'; readonly test: Sql; readonly seat: Seat }
  | { readonly kind: 'people'; readonly people: People; readonly seat: Seat }

/** Facts by the identity of their SQL. */
export type Facts = ReadonlyMap<string, Fact>

/** The distinct leaves of all formulas, in the order they are met. */
export function collectFacts(formulas: readonly Formula[], context: CompileContext): Facts {
  const facts = new Map<string, Fact>()
  const open = formulas.toReversed()
  for (let formula = open.pop(); formula; formula = open.pop()) {
    if (formula.kind === 'and' || formula.kind === 'or')
      for (const part of formula.parts.toReversed()) open.push(part)
    const key = factKey(formula, context)
    if (key === undefined || facts.has(key)) continue
    const seat = seatAt('w', facts.size)
    if (formula.kind === 'test') facts.set(key, { kind: 'test', test: formula.test, seat })
    if (formula.kind === 'among') facts.set(key, { kind: 'people', people: formula.people, seat })
  }
  return facts
}

/** Identity of a leaf; undefined for what is no leaf, or stands on another segment. */
export function factKey(formula: Formula, context: CompileContext): string | undefined {
  if (formula.kind === 'test') return `test ${sqlKey(formula.test)}`
  if (formula.kind !== 'among') return undefined
  const { people } = formula
  if (people.source === 'select') return `select ${sqlKey(people.select)}`
  if (people.source === 'identifier') {
    const test = people.test?.(identifierValue(context)) ?? sql``
    return `identifier ${people.identifier} ${sqlKey(test)}`
  }
  const having = people.having ? people.having.test(people.having.measure) : sql``
  return `event ${sqlKey(people.filter)} ${sqlKey(having)}`
}
