import type { ErasureDocument, ScopeDocument, WantedErasure } from '../api/contract/erasure.ts'
import { showTable } from './table.ts'
import type { Terminal } from './terminal.ts'

/** What erasing would take away here, and who was ever sent the person. */
export function showScope(terminal: Terminal, scope: ScopeDocument): void {
  const { t } = terminal.translator
  terminal.say(terminal.style('bold', t('erase.preview', { profile: scope.profileId })))
  showCounts(terminal, scope.counts)
  for (const { connection, stream } of scope.sources)
    terminal.say(`  ${t('erase.source', { connection, stream })}`)
  terminal.say()
  if (scope.sentTo.length === 0) terminal.say(t('erase.never_sent'))
  for (const { connection, audiences, lastAt } of scope.sentTo) {
    const date = lastAt === null ? '?' : terminal.instant(lastAt)
    terminal.say(t('erase.sent_to', { connection, audiences: audiences.join(', '), date }))
  }
  if (scope.mentions > 0)
    terminal.say(t('erase.mentions', { count: scope.mentions, number: terminal.number(scope.mentions) }))
}

function showCounts(terminal: Terminal, counts: ErasureDocument['counts']): void {
  const { t } = terminal.translator
  for (const [name, count] of Object.entries(counts))
    terminal.say(
      `  ${t('erase.count', { what: t(`erase.classes.${name}`), number: terminal.number(count) })}`,
    )
}

const marks = { done: ['✔', 'green'], erased_here: ['…', 'yellow'], accepted: ['…', 'yellow'] } as const

/** How far one request is, in words without personal data. */
export function showReceipt(terminal: Terminal, erasure: ErasureDocument): void {
  const { t, phrase } = terminal.translator
  const [mark, style] = marks[erasure.state]
  const head = t('erase.line', { what: erasure.id, text: t(`erase.states.${erasure.state}`) })
  terminal.say(`${terminal.style(style, mark)} ${head}`)
  if (erasure.erasedHereAt !== null) {
    terminal.say(`  ${t('erase.here', { date: terminal.instant(erasure.erasedHereAt) })}`)
    showCounts(terminal, erasure.counts)
  }
  for (const { connection, status, toldAt, message, code, attempts } of erasure.targets) {
    const date = toldAt === null ? '' : ` (${terminal.instant(toldAt)})`
    terminal.say(
      `  ${t('erase.line', { what: connection, text: `${t(`erase.statuses.${status}`)}${date}` })}`,
    )
    if (message !== null) terminal.say(`    ${t('erase.said', { message: phrase(message) })}`)
    if (code !== null) terminal.say(`    ${t('erase.trouble', { code, count: attempts })}`)
  }
}

/** One line for each request, newest first. */
export function showReceipts(terminal: Terminal, erasures: readonly ErasureDocument[]): void {
  const { t } = terminal.translator
  if (erasures.length === 0) {
    terminal.say(t('erase.none'))
    return
  }
  showTable(
    terminal,
    ['request', 'asked', 'state'].map((column) => t(`erase.columns.${column}`)),
    erasures.map(({ id, requestedAt, state }) => [
      id,
      terminal.instant(requestedAt),
      t(`erase.states.${state}`),
    ]),
  )
}

/** People whom platforms erased and who wait for a decision. The ids of platforms are shown only where they lead: on the platform. */
export function showWanted(terminal: Terminal, wanted: readonly WantedErasure[]): void {
  const { t } = terminal.translator
  if (wanted.length === 0) {
    terminal.say(t('erase.none_wanted'))
    return
  }
  showTable(
    terminal,
    ['connection', 'stream', 'object', 'told'].map((column) => t(`erase.columns.${column}`)),
    wanted.map(({ connection, stream, externalId, occurredAt }) => [
      connection,
      stream,
      externalId,
      terminal.instant(occurredAt),
    ]),
  )
  terminal.say(t('erase.take_up'))
}
