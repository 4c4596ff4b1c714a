import { quoteName } from '../sql/dialect.ts'
import { joinSql, sql, type Sql } from '../sql/sql.ts'
import type { EventPeople, Formula, IdentifierPeople, People } from './formula.ts'
import { joinParts } from './join-parts.ts'
import type { Rule } from './rule.ts'
import { toFormula, type CompileContext } from './to-formula.ts'

/**
 * Compiles one rule to a SELECT of the ids of its members. Other segments are read from the stored memberships. Conditions on events
 * and identifiers become semi-joins (`profile_id IN (SELECT …)`), which engines turn into hash joins; a correlated EXISTS was up to
 * sixteen times slower on DuckDB 1.5.
 */
export function compileRule(rule: Rule, context: CompileContext): Sql {
  const formula = toFormula(rule, context)
  const profile = quoteName(context.dialect, context.catalogue.profile)
  return sql`SELECT p.${profileId(context)} FROM ${profile} AS p WHERE ${compileFormula(formula, context)}`
}

/** Truth of a rule as an SQL expression over a row of profiles with the alias `p`: true, or anything else for not a member. */
export function compileTruth(rule: Rule, context: CompileContext): Sql {
  return compileFormula(toFormula(rule, context), context)
}

function profileId({ dialect }: CompileContext): Sql {
  return quoteName(dialect, 'profile_id')
}

function compileFormula(formula: Formula, context: CompileContext): Sql {
  switch (formula.kind) {
    case 'test':
      return formula.test
    case 'member':
      return compileMember(formula.segment, formula.holds, context)
    case 'among':
      return isAmong(selectPeople(formula.people, context), formula.holds, context)
    default:
      return joinParts(
        formula.kind,
        formula.parts.map((part) => compileFormula(part, context)),
      )
  }
}

function selectPeople(people: People, context: CompileContext): Sql {
  if (people.source === 'select') return people.select
  return people.source === 'event' ? selectByEvents(people, context) : selectByIdentifiers(people, context)
}

function isAmong(people: Sql, holds: boolean, context: CompileContext): Sql {
  const id = profileId(context)
  return holds ? sql`(p.${id} IN (${people}))` : sql`(p.${id} NOT IN (${people}))`
}

function selectByEvents({ filter, having }: EventPeople, context: CompileContext): Sql {
  const id = profileId(context)
  const from = sql`SELECT ${id} FROM ${quoteName(context.dialect, context.catalogue.event)} WHERE ${filter}`
  return having ? sql`${from} GROUP BY ${id} HAVING ${having.test(having.measure)}` : from
}

function selectByIdentifiers({ identifier, test }: IdentifierPeople, context: CompileContext): Sql {
  const source = fromIdentifiers(identifier, context)
  const select = sql`SELECT r.${profileId(context)} ${source}`
  return test ? sql`${select} AND ${test(identifierValue(context))}` : select
}

/** FROM and WHERE for all identifiers of a kind, with the profile of the record that told them. */
export function fromIdentifiers(identifier: string, { dialect, catalogue }: CompileContext): Sql {
  const name = (text: string): Sql => quoteName(dialect, text)
  return joinSql(
    [
      sql`FROM ${name(catalogue.recordIdentifier)} AS i`,
      sql`JOIN ${name(catalogue.recordTrait)} AS r ON r.${name('record_id')} = i.${name('record_id')}`,
      sql`WHERE i.${name('kind')} = ${{ type: 'text', value: identifier }} AND NOT r.${name('deleted')}`,
    ],
    ' ',
  )
}

/** The column that holds an identifier's value in `fromIdentifiers`. */
export function identifierValue({ dialect }: CompileContext): Sql {
  return sql`i.${quoteName(dialect, 'value')}`
}

function compileMember(segment: string, holds: boolean, context: CompileContext): Sql {
  const name = (text: string): Sql => quoteName(context.dialect, text)
  const { membership } = context.catalogue
  const members = sql`SELECT ${name('profile_id')} FROM ${name(membership)} WHERE ${name('segment')} = ${{ type: 'text', value: segment }} AND ${name('exited_at')} IS NULL`
  return isAmong(members, holds, context)
}
