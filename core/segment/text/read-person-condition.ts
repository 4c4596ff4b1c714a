import type { PlaceCondition } from '../place/place-condition.ts'
import type { NetCondition, NetMeasure, RankCondition, Rule } from '../rule.ts'
import { readCase, readComparison, readIfMissing } from './read-comparison.ts'
import { eventFunctions, readMeasured, readSubject, readWhere, readWindow } from './read-event.ts'
import type { TokenReader } from './token-reader.ts'

const consentStates = ['granted', 'denied', 'unknown'] as const

/** `consent(ads, email) is granted`. */
export function readConsent(reader: TokenReader): Rule {
  reader.expect('consent (')
  const purpose = reader.takeField()
  reader.expect(',')
  const channel = reader.takeField()
  reader.expect(')')
  if (!reader.take('is')) reader.expect('=')
  const is = consentStates.find((state) => reader.take(state))
  if (!is) reader.fail('consent_state', consentStates)
  const consent = reader.note({ purpose: purpose.value, channel: channel.value }, { purpose, channel })
  return { consent, is }
}

/** `in segment buyers` or `in audience to-ads`. */
export function readMembership(reader: TokenReader): Rule {
  reader.expect('in')
  if (reader.take('segment')) {
    const segment = reader.takeSegment()
    return reader.note({ segment: segment.value }, { segment })
  }
  reader.expect('audience')
  const audience = reader.takeObject()
  return reader.note({ audience: audience.value }, { audience })
}

/** `identifier(email) ends with "@example.com"`. */
export function readIdentifier(reader: TokenReader): Rule {
  reader.expect('identifier (')
  const identifier = reader.takeField()
  reader.expect(')')
  const { asked, spans } = readComparison(reader)
  return reader.note(
    { identifier: identifier.value, ...asked, ...readCase(reader) },
    { identifier, ...spans },
  )
}

/** `country = "FR"`. */
export function readTrait(reader: TokenReader): Rule {
  const trait = reader.takeField('condition')
  const { asked, spans } = readComparison(reader)
  const condition = { trait: trait.value, ...asked, ...readCase(reader), ...readIfMissing(reader) }
  return reader.note(condition, { trait, ...spans })
}

/** `money(amount, currency) in EUR >= 10`. */
export function readMoney(reader: TokenReader): Rule {
  reader.expect('money (')
  const amount = reader.takeField()
  reader.expect(',')
  const currency = reader.takeField()
  reader.expect(')')
  reader.expect('in')
  const code = reader.peek()
  if (!/^[A-Z]{3}$/.test(code.value)) reader.fail('currency', [], toCurrency(code.value))
  reader.next()
  const { asked, spans } = readComparison(reader)
  const money = reader.note({ amount: amount.value, currency: currency.value }, { amount, currency })
  return reader.note({ money, in: code.value, ...asked, ...readIfMissing(reader) }, spans)
}

const toCurrency = (code: string): string => (/^[A-Za-z]{3}$/.test(code) ? code.toUpperCase() : '')

/** `place(latitude, longitude) within …`, `… in box …`, or `place(country, postcode) in region …`. */
export function readPlace(reader: TokenReader): Rule {
  reader.expect('place (')
  const first = reader.takeField()
  const second = reader.take(',') ? reader.takeField() : undefined
  reader.expect(')')
  const where = [first, second] as const
  if (reader.isNext('in region')) {
    reader.take('in region')
    const place = { country: first.value, ...(second && { postcode: second.value }) }
    reader.note(place, { country: first, postcode: second })
    return { place, in_region: readAreas(reader), ...readIfMissing(reader) }
  }
  if (!second) reader.fail('word', ['in region'])
  const place = { latitude: first.value, longitude: second.value }
  reader.note(place, { latitude: where[0], longitude: where[1] })
  return { place, ...readShape(reader), ...readIfMissing(reader) }
}

type Shape = Omit<Extract<PlaceCondition, { readonly within: object }>, 'place' | 'if_missing'>
type Box = Omit<
  Extract<PlaceCondition, { readonly in_region: { readonly south: number } }>,
  'place' | 'if_missing'
>

/** Half of the Earth's girth in kilometres, as the schema of rules says. */
const largestRadius = 20_016

function readShape(reader: TokenReader): Shape | Box {
  if (reader.take('within')) {
    const radius = readNumber(reader, 'radius', { above: 0, most: largestRadius })
    reader.expect('km of (')
    const latitude = readDegrees(reader, 90)
    reader.expect(',')
    const longitude = readDegrees(reader, 180)
    reader.expect(')')
    return { within: { latitude, longitude, radius_km: radius } }
  }
  if (!reader.take('in box')) reader.fail('word', ['within', 'in box', 'in region'])
  reader.expect('(')
  reader.expect('south')
  const south = readDegrees(reader, 90)
  reader.expect(', west')
  const west = readDegrees(reader, 180)
  reader.expect(', north')
  const north = readDegrees(reader, 90)
  reader.expect(', east')
  const east = readDegrees(reader, 180)
  reader.expect(')')
  return { in_region: { south, west, north, east } }
}

const readDegrees = (reader: TokenReader, most: number): number =>
  readNumber(reader, 'coordinate', { least: -most, most })

interface Bounds {
  readonly least?: number
  readonly above?: number
  readonly most: number
}

function readNumber(
  reader: TokenReader,
  expected: 'radius' | 'coordinate' | 'percent' | 'number',
  { least = -Infinity, above = -Infinity, most }: Bounds,
): number {
  const { kind, value } = reader.peek()
  const number = Number(value)
  if (kind !== 'number' || number < least || number <= above || number > most) reader.fail(expected)
  reader.next()
  return number
}

interface Area {
  country: string
  postcodes?: string[]
}

/** Most countries of a region, and most beginnings of postcodes of one, as the schema of rules says. */
const mostAreas = 100

function readAreas(reader: TokenReader): Area[] {
  reader.expect('(')
  const areas: Area[] = []
  do {
    if (areas.length === mostAreas) reader.fail('terms')
    areas.push(readArea(reader))
  } while (reader.take(','))
  if (!reader.take(')')) reader.fail('comma', [',', ')', 'postcodes'])
  return areas
}

function readArea(reader: TokenReader): Area {
  const country = readShortText(reader, 64)
  if (!reader.take('postcodes')) return { country }
  reader.expect('(')
  const postcodes: string[] = []
  do {
    if (postcodes.length === mostAreas) reader.fail('terms')
    postcodes.push(readShortText(reader, 16))
  } while (reader.take(','))
  if (!reader.take(')')) reader.fail('comma', [',', ')'])
  return { country, postcodes }
}

function readShortText(reader: TokenReader, most: number): string {
  const { kind, value } = reader.peek()
  const isShort = value.length > 0 && value.length <= most
  if (kind !== 'text' || !isShort) reader.fail('country', [], kind === 'word' ? JSON.stringify(value) : '')
  return reader.next().value
}

/** `net(purchase.amount - 2 * refund.amount, last 30 days) > 100`. */
export function readNet(reader: TokenReader): Rule {
  const sum = readSum(reader)
  const { asked, spans } = readComparison(reader)
  return reader.note({ ...sum, ...asked }, spans)
}

function readSum(reader: TokenReader): NetMeasure {
  reader.expect('net (')
  const net: NetCondition['net'] = [reader.placed(() => readTerm(reader, 1))]
  while (!reader.isNext(',') && !reader.isNext(')')) {
    if (net.length === 20) reader.fail('terms')
    const sign = readSign(reader)
    net.push(reader.placed(() => readTerm(reader, sign)))
  }
  const window = reader.take(',') ? readWholeWindow(reader) : undefined
  if (!reader.take(')')) reader.fail('comma', [')'])
  return { net, ...(window && { window }) }
}

/** What binds a term to those before it; a negative weight may stand there by itself. */
function readSign(reader: TokenReader): 1 | -1 {
  if (reader.take('-')) return -1
  if (reader.take('+') || (reader.peek().kind === 'number' && reader.peek().value.startsWith('-'))) return 1
  return reader.fail('word', ['+', '-', ',', ')'])
}

function readTerm(reader: TokenReader, sign: 1 | -1): NetCondition['net'][number] {
  const factor = reader.takeKind('number')
  if (factor) reader.expect('*')
  const { event, property } = readSubject(reader)
  if (!property) reader.fail('word', ['.'])
  const weight = sign * Number(factor?.value ?? 1)
  const filter = readWhere(reader)
  return reader.note({ event: event.value, property: property.value, weight, ...filter }, { event, property })
}

function readWholeWindow(reader: TokenReader): NetCondition['window'] {
  let window = reader.placed(() => readWindow(reader))
  while (reader.take(',')) {
    const known = window
    window = reader.placed(() => readWindow(reader, known))
  }
  return window
}

/** `top 5 % by sum(purchase.amount)`, `bottom 10 by score`. */
export function readRank(reader: TokenReader): Rule {
  const order = reader.next().value.toLowerCase() === 'bottom' ? 'lowest' : 'highest'
  const amount = reader.peek()
  const top = readTop(reader)
  reader.expect('by')
  const isFunction = eventFunctions.includes(reader.peek().value.toLowerCase()) && reader.isNext('(', 1)
  if (isFunction && reader.isNext('performed')) reader.fail('function', [...eventFunctions.slice(1), 'net'])
  const rank = reader.placed((): RankCondition['rank'] => {
    if (reader.isNext('net') && reader.isNext('(', 1)) return readSum(reader)
    if (isFunction) return readMeasured(reader)
    const trait = reader.takeField('function')
    return reader.note({ trait: trait.value }, { trait })
  })
  return reader.note({ rank, top, order }, { top: amount })
}

function readTop(reader: TokenReader): number | string {
  const amount = reader.peek()
  const percent = reader.peek(1)
  if (amount.kind === 'number' && percent.value === '%' && percent.kind === 'symbol') {
    if (!/^(?:100|\d{1,2}(?:\.\d{1,3})?)$/.test(amount.value)) reader.fail('percent')
    reader.next()
    reader.next()
    return `${amount.value}${amount.end === percent.start ? '' : ' '}%`
  }
  const people = Number(amount.value)
  if (amount.kind !== 'number' || !Number.isSafeInteger(people) || people < 1) reader.fail('top')
  reader.next()
  return people
}

/** `sample 50 % of "spring-test" from 10 %`. */
export function readSample(reader: TokenReader): Rule {
  reader.expect('sample')
  const at = reader.peek()
  const percent = readNumber(reader, 'percent', { above: 0, most: 100 })
  reader.expect('% of')
  const salt = reader.peek()
  const isName = salt.kind === 'text' || salt.kind === 'word'
  if (!isName || !/^[a-z0-9][a-z0-9_.-]{0,63}$/.test(salt.value)) reader.fail('salt')
  reader.next()
  const from = reader.take('from') ? readFrom(reader) : 0
  return { sample: reader.note({ salt: salt.value, percent, from }, { percent: at, salt }) }
}

function readFrom(reader: TokenReader): number {
  const from = readNumber(reader, 'percent', { least: 0, most: 100 })
  reader.expect('%')
  return from
}
