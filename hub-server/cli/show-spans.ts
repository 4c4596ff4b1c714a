import type { MembershipSpan } from '../../core/port/segment-insight.ts'
import type { Terminal } from './terminal.ts'

/** How memberships went: since when, until when. */
export function showSpans(terminal: Terminal, spans: readonly MembershipSpan[]): void {
  const { t } = terminal.translator
  for (const { segment, since, until } of spans) {
    const from = terminal.instant(since)
    const line =
      until === null
        ? t('profiles.segment', { segment, date: from })
        : t('profiles.segment_left', { segment, from, to: terminal.instant(until) })
    terminal.say(`  ${line}`)
  }
}
