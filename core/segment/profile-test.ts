import type { TraitType } from '../profile/profile-schema.ts'
import type { Dialect } from '../sql/dialect.ts'
import { sql, type Sql } from '../sql/sql.ts'
import { joinParts } from './join-parts.ts'
import { judge, toQuestion, type Comparison } from './judge.ts'
import type { ZonedMoment } from './operand.ts'
import type { OperatorName } from './operator-names.ts'
import type { Truth, Value } from './person.ts'
import { compileWithin, isWithin, type Circle } from './place/distance.ts'
import { isBox, type AreaCondition, type BoxCondition, type PlaceCondition } from './place/place-condition.ts'
import type { MoneyCondition, Operand } from './rule.ts'
import { allTrue, anyTrue } from './truth.ts'

/** A test of several traits at once: the same truth, true, false or unknown, in JavaScript and in SQL. */
export interface ProfileTest {
  truth(valueOf: (trait: string) => Value | undefined): Truth
  /** SQL that is null where the truth is unknown. */
  compile(columnOf: (trait: string) => Sql, dialect: Dialect): Sql
}

/** A trait that a condition reads, where in the condition it is named, and the type that it must have. */
interface ReadTrait {
  readonly keys: readonly string[]
  readonly trait: string
  readonly type: TraitType
}

/** The traits that a condition reads. */
export function traitsOf(condition: MoneyCondition | PlaceCondition): readonly ReadTrait[] {
  if ('money' in condition) {
    const { amount, currency } = condition.money
    return [...namedTraits('money', { amount }, 'number'), ...namedTraits('money', { currency }, 'text')]
  }
  return namedTraits('place', condition.place, 'country' in condition.place ? 'text' : 'number')
}

function namedTraits(
  top: string,
  traits: Readonly<Record<string, string | undefined>>,
  type: TraitType,
): ReadTrait[] {
  return Object.entries(traits).flatMap(([key, trait]) =>
    trait === undefined ? [] : [{ keys: [top, key], trait, type }],
  )
}

/** The test that a condition on money or on a place stands for. */
export function toProfileTest(condition: MoneyCondition | PlaceCondition, moment: ZonedMoment): ProfileTest {
  if ('money' in condition) return toMoneyTest(condition, moment)
  if ('within' in condition) return toRadiusTest(condition.place, condition.within)
  return isBox(condition) ? toBoxTest(condition, moment) : toAreaTest(condition, moment)
}

function toAreaTest({ place, in_region: areas }: AreaCondition, moment: ZonedMoment): ProfileTest {
  const { country, postcode } = place
  const begins = (trait: string, value: string): ProfileTest =>
    toTraitTest(trait, { op: 'starts_with', value, type: 'text' }, moment)
  return anyOf(
    areas.map((area) =>
      allOf([
        toTraitTest(country, { op: 'equals', value: area.country, type: 'text' }, moment),
        ...(area.postcodes === undefined || postcode === undefined
          ? []
          : [anyOf(area.postcodes.map((value) => begins(postcode, value)))]),
      ]),
    ),
  )
}

/** A box whose western edge lies east of its eastern one goes across 180 degrees. */
function toBoxTest({ place, in_region: box }: BoxCondition, moment: ZonedMoment): ProfileTest {
  const ask = (trait: string, op: OperatorName, value: Operand): ProfileTest =>
    toTraitTest(trait, { op, value, type: 'number' }, moment)
  const { south, west, north, east } = box
  const across = [ask(place.longitude, 'at_least', west), ask(place.longitude, 'at_most', east)]
  return allOf([
    ask(place.latitude, 'between', [south, north]),
    west <= east ? ask(place.longitude, 'between', [west, east]) : anyOf(across),
  ])
}

/** An amount in another currency is unknown: nobody knows whether 100 dollars are more than 100 euros. */
function toMoneyTest({ money, in: currency, op, value }: MoneyCondition, moment: ZonedMoment): ProfileTest {
  const amount = toTraitTest(money.amount, { op, value, type: 'number' }, moment)
  return {
    truth: (valueOf) => (valueOf(money.currency) === currency ? amount.truth(valueOf) : null),
    compile: (columnOf, dialect) =>
      sql`CASE WHEN ${columnOf(money.currency)} = ${{ type: 'text', value: currency }} THEN ${amount.compile(columnOf, dialect)} END`,
  }
}

function toTraitTest(trait: string, comparison: Comparison, moment: ZonedMoment): ProfileTest {
  const question = toQuestion(comparison, moment)
  return {
    truth: (valueOf) => judge(question, valueOf(trait)),
    compile(columnOf, dialect) {
      const test = question.predicate.compile(columnOf(trait), dialect)
      return question.negated ? sql`NOT (${test})` : sql`(${test})`
    },
  }
}

function toRadiusTest(
  { latitude, longitude }: { readonly latitude: string; readonly longitude: string },
  circle: Circle,
): ProfileTest {
  return {
    truth(valueOf) {
      const north = valueOf(latitude)
      const east = valueOf(longitude)
      if (typeof north !== 'number' || typeof east !== 'number') return null
      return isWithin(circle, { latitude: north, longitude: east })
    },
    compile: (columnOf) =>
      sql`(${compileWithin(circle, { latitude: columnOf(latitude), longitude: columnOf(longitude) })})`,
  }
}

function allOf(tests: readonly ProfileTest[]): ProfileTest {
  return {
    truth: (valueOf) => allTrue(tests.map((test) => test.truth(valueOf))),
    compile: (columnOf, dialect) =>
      joinParts(
        'and',
        tests.map((test) => test.compile(columnOf, dialect)),
      ),
  }
}

function anyOf(tests: readonly ProfileTest[]): ProfileTest {
  return {
    truth: (valueOf) => anyTrue(tests.map((test) => test.truth(valueOf))),
    compile: (columnOf, dialect) =>
      joinParts(
        'or',
        tests.map((test) => test.compile(columnOf, dialect)),
      ),
  }
}
