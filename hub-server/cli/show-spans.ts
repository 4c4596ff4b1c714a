import type { MembershipSpan, MoveCause } from '../../core/port/segment-insight.ts'
import type { Terminal } from './terminal.ts'

/** How memberships went: since when, until when, and what moved the person where that is known. */
export function showSpans(terminal: Terminal, spans: readonly MembershipSpan[]): void {
  const { t } = terminal.translator
  const why = (cause: MoveCause | null): string =>
    cause === null || cause === 'unknown' ? '' : ` (${t(`segments.causes.${cause}`)})`
  for (const { segment, since, until, enteredBy, exitedBy } of spans) {
    const from = `${terminal.instant(since)}${why(enteredBy)}`
    const line =
      until === null
        ? t('profiles.segment', { segment, date: from })
        : t('profiles.segment_left', { segment, from, to: `${terminal.instant(until)}${why(exitedBy)}` })
    terminal.say(`  ${line}`)
  }
}
