import { sql, type Sql } from '../../sql/sql.ts'

/** Mean radius of the Earth in kilometres (IUGG): https://iugg.org/wp-content/uploads/2023/09/GRS-80.pdf */
const earthRadiusKm = 6371.0088

/**
 * The sine's Taylor series to the power of 19, from the last coefficient on: to the last digit of a double up to 90 degrees. Engines
 * take sine and cosine from different libraries whose last digits differ; adding and multiplying is the same everywhere, so that
 * nobody is inside in one engine and outside in another.
 */
const coefficients: readonly number[] = sineCoefficients()

function sineCoefficients(): number[] {
  const found: number[] = []
  let factorial = 1
  for (let index = 0; index < 10; index += 1) {
    if (index > 0) factorial *= 2 * index * (2 * index + 1)
    found.unshift((index % 2 === 0 ? 1 : -1) / factorial)
  }
  return found
}

/** Arithmetic on numbers or on SQL, so that both are the same formula by construction. */
interface Arithmetic<Term> {
  readonly constant: (value: number) => Term
  readonly add: (left: Term, right: Term) => Term
  readonly subtract: (left: Term, right: Term) => Term
  readonly multiply: (left: Term, right: Term) => Term
  readonly absolute: (value: Term) => Term
}

/** A point in degrees. */
interface Point<Term> {
  readonly latitude: Term
  readonly longitude: Term
}

/** The haversine of the angle between two points: sin² of half the angle. */
function haversine<Term>(centre: Point<number>, point: Point<Term>, math: Arithmetic<Term>): Term {
  const { constant, add, subtract, multiply, absolute } = math
  const half = (value: Term): Term => multiply(value, constant(0.5))
  const sine = (degrees: Term): Term => sineOf(degrees, math)
  const north = sine(half(subtract(point.latitude, constant(centre.latitude))))
  // Half of a difference of up to 360 degrees lies beyond the series' 90: its sine is that of what is missing to 180.
  const beside = half(absolute(subtract(point.longitude, constant(centre.longitude))))
  const east = sine(subtract(constant(90), absolute(subtract(constant(90), beside))))
  const narrowing = multiply(
    constant(sineOf(90 - Math.abs(centre.latitude), numbers)),
    sine(subtract(constant(90), absolute(point.latitude))),
  )
  return add(multiply(north, north), multiply(narrowing, multiply(east, east)))
}

/** Sine of up to 90 degrees on either side of zero. */
function sineOf<Term>(degrees: Term, { constant, add, multiply }: Arithmetic<Term>): Term {
  const angle = multiply(degrees, constant(Math.PI / 180))
  const square = multiply(angle, angle)
  const [first = 0, ...rest] = coefficients
  const series = rest.reduce((sum, next) => add(multiply(sum, square), constant(next)), constant(first))
  return multiply(angle, series)
}

const numbers: Arithmetic<number> = {
  constant: (value) => value,
  add: (left, right) => left + right,
  subtract: (left, right) => left - right,
  multiply: (left, right) => left * right,
  absolute: (value) => Math.abs(value),
}

const statements: Arithmetic<Sql> = {
  constant: (value) => sql`${{ type: 'number', value }}`,
  add: (left, right) => sql`(${left} + ${right})`,
  subtract: (left, right) => sql`(${left} - ${right})`,
  multiply: (left, right) => sql`(${left} * ${right})`,
  absolute: (value) => sql`abs(${value})`,
}

/** A circle on the sphere: its centre in degrees and its radius in kilometres. */
export interface Circle extends Point<number> {
  readonly radius_km: number
}

/** The haversine that the circle's edge has. Half of the girth and more holds every point. */
function edgeOf({ radius_km }: Circle): number {
  const angle = radius_km / (2 * earthRadiusKm)
  return angle >= Math.PI / 2 ? 2 : Math.sin(angle) ** 2
}

/** True for a point in the circle or on its edge. */
export function isWithin(circle: Circle, point: Point<number>): boolean {
  return haversine(circle, point, numbers) <= edgeOf(circle)
}

/** Kilometres along the sphere between two points. */
export function distanceKm(centre: Point<number>, point: Point<number>): number {
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(haversine(centre, point, numbers))))
}

/** SQL with the same truth as `isWithin`; null where a coordinate is null. */
export function compileWithin(circle: Circle, point: Point<Sql>): Sql {
  return sql`${haversine(circle, point, statements)} <= ${{ type: 'number', value: edgeOf(circle) }}`
}
