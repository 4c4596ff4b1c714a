import type { ExplainedNode } from '../../core/port/segment-insight.ts'
import { describeRule } from '../../core/segment/describe-rule.ts'
import { toNode, type RuleNode } from '../../core/segment/rule-node.ts'
import type { Rule } from '../../core/segment/rule.ts'
import type { Style, Terminal } from './terminal.ts'

const truths: Readonly<Record<'true' | 'false' | 'null', readonly [string, Style]>> = {
  true: ['✔', 'green'],
  false: ['✖', 'red'],
  null: ['?', 'yellow'],
}

/** Shows a rule part by part: whether it is true for somebody, and what decided it. */
export function showRuleTree(terminal: Terminal, node: ExplainedNode, depth: number): void {
  const { t } = terminal.translator
  const truth = node.truth === null ? 'null' : node.truth ? 'true' : 'false'
  const [mark, style] = truths[truth]
  const text = nodeWords(terminal, node)
  const decided = describeDecision(terminal, node)
  terminal.say(
    `${'  '.repeat(depth)}${terminal.style(style, mark)} ${text}${decided} (${t(`explain.truth_${truth}`)})`,
  )
  for (const child of node.children) showRuleTree(terminal, child, depth + 1)
}

/** A node in words; a group is told by a heading, as its parts stand below it. */
export function nodeWords(
  { translator: { t, language } }: Terminal,
  { rule, children }: { readonly rule: Rule; readonly children: readonly unknown[] },
): string {
  if (children.length === 0) return describeRule(rule, language)
  const node = toNode(rule)
  return node.kind === 'zoned' ? t('explain.zoned', { zone: node.zone }) : t(`explain.${node.kind}`)
}

function describeDecision(terminal: Terminal, node: ExplainedNode): string {
  if (node.children.length > 0) return ''
  const text = node.detail ? describeDetail(terminal, node.detail) : describeValue(terminal, node)
  return text === '' ? '' : ` — ${text}`
}

function describeDetail(terminal: Terminal, detail: NonNullable<ExplainedNode['detail']>): string {
  const { t } = terminal.translator
  switch (detail.kind) {
    case 'rank': {
      const { rank, value } = detail
      const [ranked, most] = [terminal.number(detail.ranked), terminal.number(detail.most)]
      if (rank === null || value === null) return t('explain.not_ranked', { ranked })
      const shown = typeof value === 'number' ? terminal.number(value, 2) : value
      return t('explain.ranked', { rank: terminal.number(rank), value: shown, ranked, most })
    }
    case 'place':
      return t('explain.place', { percent: terminal.number(detail.percent, 2) })
    case 'distance':
      return detail.km === null
        ? t('explain.nowhere')
        : t('explain.distance', { number: terminal.number(detail.km, 1) })
    case 'member':
      if (!detail.isMember) return ''
      return detail.since === null
        ? t('explain.member_now')
        : t('explain.since', { date: terminal.instant(detail.since) })
    default:
      return detail.since === null ? '' : t('explain.since', { date: terminal.instant(detail.since) })
  }
}

function describeValue(terminal: Terminal, { rule, value, truth }: ExplainedNode): string {
  const { t } = terminal.translator
  const node = toNode(rule)
  // That a consent is as it should be is said by the condition.
  if (node.kind === 'consent' && truth === true) return ''
  if (value === null) return whyUnknown(terminal, node)
  const text =
    node.kind === 'consent' ? t(`explain.${String(value)}`) : shown(terminal, value, node.kind === 'money')
  return t('explain.value', { value: text })
}

/** An amount with its currency stands together, as people write it. */
function shown(terminal: Terminal, value: NonNullable<ExplainedNode['value']>, isMoney: boolean): string {
  if (typeof value === 'number') return terminal.number(value, 2)
  if (typeof value === 'boolean') return terminal.translator.t(`explain.truth_${value ? 'true' : 'false'}`)
  if (typeof value === 'string') return isInstant(value) ? terminal.instant(Date.parse(value)) : value
  const parts = value.map((part) => (part === '?' ? terminal.translator.t('explain.no_value') : part))
  const [amount = '', currency = ''] = parts
  if (!isMoney) return parts.join(', ')
  return `${Number.isNaN(Number(amount)) ? amount : terminal.number(Number(amount), 2)} ${currency}`
}

const isInstant = (text: string): boolean => /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/.test(text)

/** What nobody knows of the person, where a condition is unknown. */
export function whyUnknown({ translator: { t } }: Terminal, node: RuleNode): string {
  switch (node.kind) {
    case 'trait':
      return t('explain.unknown_trait', { name: node.condition.trait })
    case 'identifier':
      return t('explain.unknown_identifier', { name: node.condition.identifier })
    case 'money':
      return t('explain.unknown_money', { name: node.condition.money.amount, currency: node.condition.in })
    case 'place':
      return t('explain.nowhere')
    case 'event':
      return t('explain.unknown_event', { name: node.condition.event })
    default:
      return ''
  }
}
