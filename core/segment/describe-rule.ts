import { parseAgo, parseDuration, type Duration } from './duration.ts'
import { isAnchored } from './event-window.ts'
import type { EventMeasure } from './measure.ts'
import { resolveOperator } from './operators/registry.ts'
import { englishPhrases } from './phrases-en.ts'
import { frenchPhrases } from './phrases-fr.ts'
import type { RuleLanguage, RulePhrases } from './phrases.ts'
import { isBox, type PlaceCondition } from './place/place-condition.ts'
import { toNode, type ConditionNode } from './rule-node.ts'
import type {
  EventAnchor,
  EventCondition,
  EventStep,
  EventWindow,
  MoneyCondition,
  NetCondition,
  NetMeasure,
  Operand,
  PropertyCondition,
  RankCondition,
  Rule,
  TraitCondition,
} from './rule.ts'
import { assertRuleSize } from './walk-rule.ts'

const phrasesOf: Readonly<Record<RuleLanguage, RulePhrases>> = { en: englishPhrases, fr: frenchPhrases }

/** Values of a list that a sentence shows; the rest is counted. */
const mostShown = 5

/** A rule, or one node of it, as one sentence without a full stop, in English or French. Throws for a rule beyond the limits. */
export function describeRule(rule: Rule, language: RuleLanguage): string {
  assertRuleSize(rule, 'describing a rule')
  return describeNode(rule, phrasesOf[language])
}

function describeNode(rule: Rule, phrases: RulePhrases): string {
  const node = toNode(rule)
  if (node.kind === 'not') return phrases.not(describeNode(node.child, phrases))
  if (node.kind === 'zoned') return phrases.zoned(describeNode(node.child, phrases), node.zone)
  if (node.kind !== 'all' && node.kind !== 'any') return describeCondition(node, phrases)
  const parts = node.children.map((child) => {
    const text = describeNode(child, phrases)
    const inner = toNode(child).kind
    return node.children.length > 1 && (inner === 'all' || inner === 'any') ? `(${text})` : text
  })
  if (parts.length === 0) return node.kind === 'all' ? phrases.everybody : phrases.nobody
  return parts.join(` ${node.kind === 'all' ? phrases.and : phrases.or} `)
}

function describeCondition(node: ConditionNode, phrases: RulePhrases): string {
  switch (node.kind) {
    case 'trait': {
      const text = describeComparison(phrases.trait(node.condition.trait), node.condition, phrases)
      return withMissing(text, node.condition, phrases)
    }
    case 'identifier':
      return describeComparison(phrases.identifier(node.condition.identifier), node.condition, phrases)
    case 'consent': {
      const { consent, is } = node.condition
      return phrases.consent(consent.purpose, consent.channel, is)
    }
    case 'segment':
      return phrases.segment(node.condition.segment)
    case 'money':
      return describeMoney(node.condition, phrases)
    case 'place':
      return withMissing(describePlace(node.condition, phrases), node.condition, phrases)
    case 'net':
      return describeNet(node.condition, phrases)
    case 'rank':
      return describeRank(node.condition, phrases)
    case 'audience':
      return phrases.audience(node.condition.audience)
    case 'sample': {
      const { from, percent, salt } = node.condition.sample
      return phrases.sample(from === 0 ? `${percent} %` : `${from} % – ${from + percent} %`, salt)
    }
    default:
      return describeEvent(node.condition, phrases)
  }
}

function withMissing(
  text: string,
  { if_missing }: Pick<TraitCondition, 'if_missing'>,
  phrases: RulePhrases,
): string {
  return if_missing === undefined ? text : `${text} ${phrases.ifMissing(if_missing)}`
}

function describeMoney(condition: MoneyCondition, phrases: RulePhrases): string {
  const left = phrases.money(condition.money.amount, condition.in)
  return withMissing(describeComparison(left, condition, phrases), condition, phrases)
}

function describePlace(condition: PlaceCondition, phrases: RulePhrases): string {
  if ('within' in condition) {
    const { latitude, longitude, radius_km } = condition.within
    return phrases.within(`${radius_km} km`, `${latitude}°, ${longitude}°`)
  }
  if (isBox(condition)) {
    const { south, west, north, east } = condition.in_region
    return phrases.inRegion(`${south}° – ${north}°, ${west}° – ${east}°`)
  }
  const areas = condition.in_region.map(({ country, postcodes }) =>
    postcodes === undefined ? country : `${country} ${postcodes.map((code) => `${code}…`).join(', ')}`,
  )
  return phrases.inRegion(areas.join(` ${phrases.or} `))
}

function describeComparison(
  left: string,
  { op, value, ignore_case }: Pick<PropertyCondition, 'op' | 'value' | 'ignore_case'>,
  phrases: RulePhrases,
): string {
  const { shape } = resolveOperator(op).operator
  const shown = calendarShapes.has(shape)
    ? describeCalendar(value, phrases)
    : describeOperand(value, phrases, shape === 'pair')
  const text = phrases.operators[op](left, shown)
  return ignore_case === true ? `${text} ${phrases.ignoringCase}` : text
}

/** Operands that are words of the calendar, not texts of the user. */
const calendarShapes: ReadonlySet<string> = new Set(['period', 'anniversary', 'weekdays', 'months'])

function describeCalendar(value: Operand | undefined, phrases: RulePhrases): string {
  const words = Array.isArray(value) ? value : [value]
  return words.map((word) => phrases.calendar(String(word))).join(` ${phrases.or} `)
}

function describeEvent(condition: EventCondition, phrases: RulePhrases): string {
  const { event, measure, property = '', op, value } = condition
  const isOnce = measure === 'count' && op === 'at_least' && (value === undefined || value === 1)
  const left = isOnce ? phrases.performed(event) : phrases.measures[measure](event, property)
  const subject = [left, ...describeDetails(condition, phrases)].join(' ')
  return isOnce ? subject : describeComparison(subject, { op, value }, phrases)
}

function describeNet(condition: NetCondition, phrases: RulePhrases): string {
  return describeComparison(describeSum(condition, phrases), condition, phrases)
}

function describeSum({ net, window }: NetMeasure, phrases: RulePhrases): string {
  const terms = net.map(({ weight, property, event, where }) =>
    [phrases.term(String(weight), property, event), ...describeFilter(where, phrases)].join(' '),
  )
  return [phrases.net(terms), ...describeWindow(window, phrases)].join(' ')
}

function describeRank({ rank, top, order }: RankCondition, phrases: RulePhrases): string {
  return phrases.rank(String(top), describeRanked(rank, phrases), order === 'highest')
}

function describeRanked(rank: RankCondition['rank'], phrases: RulePhrases): string {
  if ('trait' in rank) return phrases.trait(rank.trait)
  return 'net' in rank ? describeSum(rank, phrases) : describeMeasured(rank, phrases)
}

/** What is computed over events, with all that says which events count. */
function describeMeasured(measured: EventMeasure, phrases: RulePhrases): string {
  const { measure, event, property = '' } = measured
  return [phrases.measures[measure](event, property), ...describeDetails(measured, phrases)].join(' ')
}

function describeDetails(measured: EventMeasure, phrases: RulePhrases): string[] {
  const { where, window, followed_by: chain, not_followed_by: absent } = measured
  const step = ({ event, where: filter }: EventStep): string =>
    [event, ...describeFilter(filter, phrases)].join(' ')
  const length = ({ within }: EventStep): string => describeText(within, phrases)
  return [
    ...describeFilter(where, phrases),
    ...describeWindow(window, phrases),
    ...(chain ?? []).map((next) => phrases.followedBy(step(next), length(next))),
    ...(absent ? [phrases.notFollowedBy(step(absent), length(absent))] : []),
  ]
}

function describeFilter(where: EventCondition['where'], phrases: RulePhrases): string[] {
  if (!where || where.length === 0) return []
  const conditions = where.map((condition) => describeComparison(condition.property, condition, phrases))
  return [phrases.where(conditions.join(` ${phrases.and} `))]
}

function describeWindow(window: EventWindow | undefined, phrases: RulePhrases): string[] {
  if (!window) return []
  if ('last' in window) return [phrases.last(describeText(window.last, phrases))]
  if ('during' in window) return [phrases.during(phrases.calendar(window.during))]
  if (isAnchored(window)) return describeAnchors(window, phrases)
  return [
    ...(window.from === undefined ? [] : [phrases.from(describeText(window.from, phrases))]),
    ...(window.to === undefined ? [] : [phrases.until(describeText(window.to, phrases))]),
  ]
}

function describeAnchors(
  { after_event: after, before_event: before }: Extract<EventWindow, { readonly after_event?: unknown }>,
  phrases: RulePhrases,
): string[] {
  const anchor = ({ event, where }: EventAnchor): string =>
    [event, ...describeFilter(where, phrases)].join(' ')
  return [
    ...(after ? [phrases.afterEvent(anchor(after), after.which === 'first')] : []),
    ...(before ? [phrases.beforeEvent(anchor(before), before.which === 'first')] : []),
  ]
}

function describeOperand(value: Operand | undefined, phrases: RulePhrases, isPair: boolean): string {
  if (value === undefined) return ''
  if (!Array.isArray(value)) return describeScalar(value, phrases)
  const shown = value.slice(0, mostShown).map((item) => describeScalar(item, phrases))
  if (isPair) return shown.join(` ${phrases.and} `)
  const rest = value.length - shown.length
  return `[${[...shown, ...(rest > 0 ? [phrases.more(rest)] : [])].join(', ')}]`
}

function describeScalar(value: string | number | boolean, phrases: RulePhrases): string {
  if (typeof value === 'boolean') return value ? phrases.yes : phrases.no
  return typeof value === 'number' ? String(value) : describeText(value, phrases)
}

/** Lengths of time in the reader's language, dates as they are, other texts in quotes. */
function describeText(text: string, phrases: RulePhrases): string {
  const duration = parseDuration(text)
  if (duration) return describeDuration(duration, phrases)
  const ago = parseAgo(text)
  if (ago) return phrases.ago(describeDuration(ago, phrases))
  return /^\d{4}-\d{2}-\d{2}/.test(text) ? text : phrases.quote(text)
}

function describeDuration({ amount, unit }: Duration, phrases: RulePhrases): string {
  return phrases.duration(String(amount), unit)
}
