import type { EnrichmentCoverage } from '../../core/port/enrichment-store.ts'
import type { Terminal } from './terminal.ts'

/** An external table: whose data it is, how many people it tells something about, and what was left out. */
export function showEnrichment(terminal: Terminal, coverage: EnrichmentCoverage): void {
  const { t } = terminal.translator
  const { enrichment, source, licence, error, readAt } = coverage
  const number = (count: number): string => terminal.number(count)
  const rows = t('enrichment.rows', { count: coverage.rows, number: number(coverage.rows) })
  const heading =
    readAt === null
      ? t('enrichment.never', { enrichment })
      : t('enrichment.read', { enrichment, rows, source, licence })
  terminal.say()
  terminal.say(terminal.style('bold', heading))
  const mark = terminal.style('yellow', '!')
  if (error) {
    const { title, repair } = terminal.translator.error(error)
    terminal.say(`  ${mark} ${t('enrichment.failed', { reason: title })}`)
    terminal.say(`    ${terminal.style('dim', repair)}`)
  }
  if (readAt === null) return
  showMatches(terminal, coverage)
  if (coverage.skippedRows > 0)
    terminal.say(`  ${mark} ${t('enrichment.skipped', { number: number(coverage.skippedRows) })}`)
  if (coverage.unusableValues > 0)
    terminal.say(`  ${mark} ${t('enrichment.unusable', { number: number(coverage.unusableValues) })}`)
}

function showMatches(terminal: Terminal, coverage: EnrichmentCoverage): void {
  const { t } = terminal.translator
  const { profilesWithKey: people, profilesMatched: matched, unmatchedKeys } = coverage
  if (people === 0) {
    terminal.say(`  ${t('enrichment.nobody')}`)
    return
  }
  const counts = {
    matched: terminal.number(matched),
    people: terminal.number(people),
    unmatched: terminal.number(people - matched),
    share: terminal.number((100 * matched) / people, 1),
  }
  terminal.say(`  ${t('enrichment.matched', counts)}`)
  if (unmatchedKeys.length === 0) return
  const keys = unmatchedKeys.map(({ key, profiles }) => `${key} (${terminal.number(profiles)})`).join(', ')
  terminal.say(terminal.style('dim', `  ${t('enrichment.examples', { keys })}`))
}
