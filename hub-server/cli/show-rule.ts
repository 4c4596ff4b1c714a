import { describeRule } from '../../core/segment/describe-rule.ts'
import type { Rule } from '../../core/segment/rule.ts'
import { printRule } from '../../core/segment/text/print-rule.ts'
import type { Terminal } from './terminal.ts'

/** A rule as a sentence in the reader's language, as text, and as the JSON of a manifest. */
export function showRule(terminal: Terminal, rule: Rule): void {
  const { language, t } = terminal.translator
  terminal.say(`  ${describeRule(rule, language)}.`)
  terminal.say()
  terminal.say(t('segments.as_text'))
  terminal.say(`  ${printRule(rule)}`)
  terminal.say()
  terminal.say(t('segments.as_json'))
  for (const line of JSON.stringify(rule, undefined, 2).split('\n')) terminal.say(`  ${line}`)
}
