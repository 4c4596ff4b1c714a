import { isBox, type PlaceCondition } from '../place/place-condition.ts'
import { toNode, type ConditionNode } from '../rule-node.ts'
import type { MoneyCondition, NetCondition, NetMeasure, RankCondition, Rule } from '../rule.ts'
import { assertRuleSize } from '../walk-rule.ts'
import { printComparison, printIfMissing } from './print-comparison.ts'
import { printEvent, printMeasured, printSubject, printWhere, printWindow } from './print-event.ts'
import { printName, printNumber, printText } from './print-value.ts'

/**
 * The text form of a rule that `validateRule` accepts: always the same for the same rule, and read back as exactly that rule. Throws
 * for a rule beyond the limits.
 */
export function printRule(rule: Rule): string {
  assertRuleSize(rule, 'writing a rule as text')
  return printNode(rule)
}

function printNode(rule: Rule): string {
  const node = toNode(rule)
  switch (node.kind) {
    case 'all':
    case 'any':
      return printGroup(node.kind, node.children)
    case 'not':
      return `not ${printMember(node.child)}`
    case 'zoned':
      return `in time zone ${printText(node.zone)} (${printNode(node.child)})`
    default:
      return printCondition(node)
  }
}

function printGroup(kind: 'all' | 'any', rules: readonly Rule[]): string {
  const [first] = rules
  if (!first) return kind === 'all' ? 'everybody' : 'nobody'
  if (rules.length === 1) return `${kind}(${printNode(first)})`
  return rules.map(printMember).join(kind === 'all' ? ' and ' : ' or ')
}

/** A group of several stands in brackets wherever it is part of something. */
function printMember(rule: Rule): string {
  const text = printNode(rule)
  const node = toNode(rule)
  return (node.kind === 'all' || node.kind === 'any') && node.children.length > 1 ? `(${text})` : text
}

function printCondition(node: ConditionNode): string {
  switch (node.kind) {
    case 'trait': {
      const { trait, ...asked } = node.condition
      return [printName(trait), ...printComparison(asked), ...printIfMissing(asked)].join(' ')
    }
    case 'identifier': {
      const { identifier, ...asked } = node.condition
      return [`identifier(${printName(identifier)})`, ...printComparison(asked)].join(' ')
    }
    case 'consent': {
      const { purpose, channel } = node.condition.consent
      return `consent(${printName(purpose)}, ${printName(channel)}) is ${node.condition.is}`
    }
    case 'segment':
      return `in segment ${node.condition.segment.split('.').map(printName).join('.')}`
    case 'audience':
      return `in audience ${printName(node.condition.audience)}`
    case 'money':
      return printMoney(node.condition)
    case 'place':
      return [printPlace(node.condition), ...printIfMissing(node.condition)].join(' ')
    case 'net':
      return printNet(node.condition)
    case 'rank':
      return printRank(node.condition)
    case 'sample': {
      const { salt, percent, from } = node.condition.sample
      const share = `sample ${printNumber(percent)} % of ${printText(salt)}`
      return from === 0 ? share : `${share} from ${printNumber(from)} %`
    }
    default:
      return printEvent(node.condition)
  }
}

function printMoney({ money, in: currency, ...asked }: MoneyCondition): string {
  const left = `money(${printName(money.amount)}, ${printName(money.currency)}) in ${currency}`
  return [left, ...printComparison(asked), ...printIfMissing(asked)].join(' ')
}

function printPlace(condition: PlaceCondition): string {
  if (!('within' in condition) && !isBox(condition)) {
    const { country, postcode } = condition.place
    const traits = [country, ...(postcode === undefined ? [] : [postcode])].map(printName)
    const areas = condition.in_region.map(({ country: name, postcodes }) =>
      postcodes === undefined
        ? printText(name)
        : `${printText(name)} postcodes (${postcodes.map(printText).join(', ')})`,
    )
    return `place(${traits.join(', ')}) in region (${areas.join(', ')})`
  }
  const { latitude, longitude } = condition.place
  const left = `place(${printName(latitude)}, ${printName(longitude)})`
  if ('within' in condition) {
    const { latitude: north, longitude: east, radius_km: radius } = condition.within
    return `${left} within ${printNumber(radius)} km of (${printNumber(north)}, ${printNumber(east)})`
  }
  const edges = (['south', 'west', 'north', 'east'] as const).map(
    (edge) => `${edge} ${printNumber(condition.in_region[edge])}`,
  )
  return `${left} in box (${edges.join(', ')})`
}

function printNet({ net, window, ...asked }: NetCondition): string {
  return [printSum({ net, window }), ...printComparison(asked)].join(' ')
}

function printSum({ net, window }: NetMeasure): string {
  const terms = net.map(({ weight, where, ...subject }, index) => {
    const isTaken = index > 0 && (weight < 0 || Object.is(weight, -0))
    const factor = isTaken ? -weight : weight
    const left = factor === 1 ? '' : `${printNumber(factor)} * `
    const sign = index === 0 ? '' : `${isTaken ? '-' : '+'} `
    return [`${sign}${left}${printSubject(subject)}`, ...printWhere(where)].join(' ')
  })
  const inside = [terms.join(' '), ...printWindow(window)].join(', ')
  return `net(${inside})`
}

function printRank({ rank, top, order }: RankCondition): string {
  const amount = typeof top === 'number' ? printNumber(top) : top
  return `${order === 'highest' ? 'top' : 'bottom'} ${amount} by ${printRanked(rank)}`
}

function printRanked(rank: RankCondition['rank']): string {
  if ('trait' in rank) return printName(rank.trait)
  return 'net' in rank ? printSum(rank) : printMeasured(rank)
}
