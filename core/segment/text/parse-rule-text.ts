/**
 * The text form of rules, for people who type: `country = "FR" and sum(purchase.amount, last 30 days) > 100`. `printRule` writes it;
 * what it prints is read back as the same rule. docs/rule-text.md has its grammar.
 */
import type { Rule } from '../rule.ts'
import type { RulePath } from '../walk-rule.ts'
import { eventFunctions, readEventCondition } from './read-event.ts'
import {
  readConsent,
  readIdentifier,
  readMembership,
  readMoney,
  readNet,
  readPlace,
  readRank,
  readSample,
  readTrait,
} from './read-person-condition.ts'
import { nearestWord } from './rule-text-error.ts'
import { TokenReader, type PlacesOfRule } from './token-reader.ts'
import type { TextSpan } from './token.ts'

/** A rule that was read from text. */
export interface RuleText {
  readonly rule: Rule
  /** The stretch of text that a place of the rule was read from, or the nearest one around it. */
  readonly spanOf: (path: RulePath) => TextSpan
}

/**
 * Reads a rule's text, in time linear in its length. Names, types and the limits of rules are checked by `validateRule`. Throws
 * `segment.text_invalid`, `segment.too_deep` for brackets nested beyond any rule, or `segment.too_many_nodes`.
 */
export function readRuleText(text: string): RuleText {
  const reader = new TokenReader(text)
  const rule = readRule(reader)
  if (reader.peek().kind !== 'end') reader.fail('and_or', ['and', 'or'])
  return { rule, spanOf: (path) => findSpan(rule, path, reader) }
}

/** The rule that a text means. Throws as `readRuleText` does. */
export function parseRuleText(text: string): Rule {
  return readRuleText(text).rule
}

function findSpan(rule: Rule, path: RulePath, { spans, keys }: PlacesOfRule): TextSpan {
  let best = spans.get(rule) ?? { start: 0, end: 0 }
  let at: unknown = rule
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return best
    best = keys.get(at)?.[key] ?? best
    at = Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined
    best = (typeof at === 'object' && at !== null ? spans.get(at) : undefined) ?? best
  }
  return best
}

function readRule(reader: TokenReader): Rule {
  return reader.placed(() => {
    const rules = [readAll(reader)]
    while (reader.take('or')) rules.push(readAll(reader))
    const [first] = rules
    return rules.length === 1 && first ? first : { any: rules }
  })
}

function readAll(reader: TokenReader): Rule {
  return reader.placed(() => {
    const rules = [readOne(reader)]
    while (reader.take('and')) rules.push(readOne(reader))
    const [first] = rules
    return rules.length === 1 && first ? first : { all: rules }
  })
}

function readOne(reader: TokenReader): Rule {
  return reader.placed(() => {
    if (reader.take('not')) return { not: reader.nested(() => readOne(reader)) }
    if (reader.isNext('(')) return readBrackets(reader)
    return readGroup(reader) ?? readCondition(reader)
  })
}

function readBrackets(reader: TokenReader): Rule {
  reader.expect('(')
  const rule = reader.nested(() => readRule(reader))
  if (!reader.take(')')) reader.fail('and_or', ['and', 'or', ')'])
  return rule
}

/** Groups of none or one, which `and` and `or` cannot write, and a rule by the clocks of a zone. */
function readGroup(reader: TokenReader): Rule | undefined {
  if (reader.take('everybody')) return { all: [] }
  if (reader.take('nobody')) return { any: [] }
  if (reader.isNext('all (')) return { all: readMembers(reader) }
  if (reader.isNext('any (')) return { any: readMembers(reader) }
  if (!reader.take('in time zone')) return undefined
  const zone = reader.takeKind('text')
  if (!zone || zone.value.length > 64) reader.fail('value', [], '"Europe/Paris"')
  const rule = reader.isNext('(') ? readBrackets(reader) : reader.fail('word', ['('])
  return reader.note({ time_zone: zone.value, rule }, { time_zone: zone })
}

function readMembers(reader: TokenReader): Rule[] {
  reader.next()
  reader.expect('(')
  const rules: Rule[] = []
  do rules.push(reader.nested(() => readRule(reader)))
  while (reader.take(','))
  if (!reader.take(')')) reader.fail('comma', [',', ')', 'and', 'or'])
  return rules
}

const functions: Readonly<Record<string, (reader: TokenReader) => Rule>> = {
  consent: readConsent,
  identifier: readIdentifier,
  money: readMoney,
  place: readPlace,
  net: readNet,
  ...Object.fromEntries(eventFunctions.map((name) => [name, readEventCondition])),
}

const functionNames: readonly string[] = [...Object.keys(functions), 'all', 'any', 'not']

/** Keywords that cannot begin a condition: a trait of that name stands in back-quotes. */
const betweenWords = ['and', 'or', 'where', 'if', 'by', 'true', 'false']

function readCondition(reader: TokenReader): Rule {
  reader.countCondition()
  const { kind, value } = reader.peek()
  const word = kind === 'word' ? value.toLowerCase() : ''
  if (word !== '' && reader.isNext('(', 1)) return readFunction(reader, word)
  if (reader.isNext('in segment') || reader.isNext('in audience')) return readMembership(reader)
  if (reader.peek(1).kind === 'number') {
    if (word === 'top' || word === 'bottom') return readRank(reader)
    if (word === 'sample') return readSample(reader)
  }
  return betweenWords.includes(word) ? reader.fail('condition') : readTrait(reader)
}

function readFunction(reader: TokenReader, word: string): Rule {
  const read = Object.hasOwn(functions, word) ? functions[word] : undefined
  return read ? read(reader) : reader.fail('function', functionNames, nearestWord(word, functionNames))
}
