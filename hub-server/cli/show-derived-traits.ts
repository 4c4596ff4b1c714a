import type { ProfileView } from '../../core/port/profile-store.ts'
import { valueText } from './name-record.ts'
import type { Terminal } from './terminal.ts'

/** The traits that no source tells, each with what it was made from. */
export function showDerivedTraits(terminal: Terminal, derived: ProfileView['derivedTraits']): void {
  const { t } = terminal.translator
  for (const [trait, told] of Object.entries(derived)) {
    const value = valueText(told.value)
    if (told.origin === 'computed') terminal.say(`  ${t('explain.computed_trait', { trait, value })}`)
    else if (told.origin === 'imputed')
      terminal.say(`  ${t('explain.imputed_trait', { trait, value, from: told.from })}`)
    else {
      const { enrichment, source, licence, readAt } = told
      const date = readAt === null ? '' : terminal.instant(readAt)
      terminal.say(`  ${t('explain.enriched_trait', { trait, value, enrichment, source, licence, date })}`)
    }
  }
}
