import type { SegmentExplanationDocument } from '../api/contract/explanation.ts'
import { showRuleTree } from './show-rule-tree.ts'
import { showSpans } from './show-spans.ts'
import type { Terminal } from './terminal.ts'

/** Says why a person is in a segment or not: the rule part by part, and how the membership went. */
export function showSegmentExplanation(
  terminal: Terminal,
  { person, segment }: { readonly person: string; readonly segment: string },
  {
    isMember,
    asOf,
    rule,
    history,
  }: Pick<SegmentExplanationDocument, 'isMember' | 'asOf' | 'rule' | 'history'>,
): void {
  const { t } = terminal.translator
  const verdict = t(isMember ? 'explain.meets_rule' : 'explain.fails_rule', { person, segment })
  terminal.say(terminal.style('bold', verdict))
  terminal.say()
  terminal.say(t('explain.rule_of', { segment, date: terminal.instant(asOf) }))
  showRuleTree(terminal, rule, 1)
  if (history.length === 0) return
  terminal.say()
  terminal.say(t('explain.membership'))
  showSpans(terminal, history)
}
