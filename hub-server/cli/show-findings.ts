import type { FindingCount } from '../warehouse/quality/count-findings.ts'
import { reasonWords } from './quality-words.ts'
import type { Terminal } from './terminal.ts'

/** What the checks of each source find, and how many records each action touches. */
export function showFindings(terminal: Terminal, findings: readonly FindingCount[]): void {
  const { t } = terminal.translator
  const sources = new Set(findings.map(({ connection, stream }) => `${connection}/${stream}`))
  for (const source of sources) {
    terminal.say()
    terminal.say(terminal.style('bold', t('quality.preview', { source })))
    for (const finding of findings) {
      if (`${finding.connection}/${finding.stream}` === source) showFinding(terminal, finding)
    }
  }
}

/** What a check found and what is done about it, as one line. */
export function showFinding(
  terminal: Terminal,
  { target, action, code, records, suggestions }: FindingCount,
): void {
  const { t } = terminal.translator
  const line = t('quality.finding', {
    trait: target,
    reason: reasonWords(terminal, code),
    count: records,
    number: terminal.number(records),
    action: t(`quality.actions.${action}`),
  })
  const meant =
    suggestions.length > 0 ? ` ${t('quality.suggested', { suggestions: suggestions.join(', ') })}` : ''
  terminal.say(`  ${terminal.style('cyan', '•')} ${line}${meant}`)
}
