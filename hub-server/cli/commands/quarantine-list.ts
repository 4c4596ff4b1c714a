import {
  listQuarantine,
  type HeldBack,
  type HeldBackCount,
  type QuarantineDocument,
} from '../../api/contract/quarantine.ts'
import { optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import type { HubClient } from '../hub-client.ts'
import { reasonWords } from '../quality-words.ts'
import { readPages } from '../read-pages.ts'
import { showTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { readWholeNumber } from '../whole-number.ts'
import { withClient } from '../with-client.ts'

const shownRows = 20
const mostRows = 10_000

/** Lists what is held back, with the reason: rows that could not become records, and records that a check keeps out. */
export const quarantineList: CommandAction = async (context, input) => {
  const { terminal } = context
  const { t } = terminal.translator
  const source = input.arguments['source']
  const limit =
    readWholeNumber(optionValue(input, 'limit'), { name: 'limit', from: 0, to: mostRows }) ?? shownRows
  const { counts, entries } = await withClient(context, 'quarantine list', (hub) =>
    readHeldBack(hub, { limit, ...(source !== undefined && { source }) }),
  )
  terminal.document('quarantine', { counts, entries })
  if (counts.length === 0) {
    terminal.say(t('quarantine.empty'))
    return exitCode.done
  }
  for (const { connection, stream, kind, code, target, count } of counts) {
    const words = {
      source: `${connection}/${stream}`,
      count,
      number: terminal.number(count),
      reason: [target, reasonWords(terminal, code)].filter(Boolean).join(': '),
    }
    terminal.say(t(kind === 'row' ? 'quarantine.rows' : 'quarantine.records', words))
  }
  if (entries.length > 0) {
    terminal.say()
    showTable(
      terminal,
      ['source', 'place', 'reason', 'since'].map((column) => t(`quarantine.columns.${column}`)),
      entries.map((entry) => [
        `${entry.connection}/${entry.stream}`,
        terminal.translator.phrase(entry.place),
        describeReason(terminal, entry),
        terminal.instant(entry.since),
      ]),
    )
  }
  terminal.say()
  terminal.say(t('quarantine.next'))
  return exitCode.done
}

async function readHeldBack(
  hub: HubClient,
  { limit, ...filter }: { readonly limit: number; readonly source?: string },
): Promise<Pick<QuarantineDocument, 'counts' | 'entries'>> {
  let counts: readonly HeldBackCount[] = []
  const entries = await readPages(
    async (page) => {
      const told = await hub.ask(listQuarantine, { query: { ...page, ...filter } })
      counts = told.counts
      return told
    },
    // Who wants no entries wants the counts.
    Math.max(limit, 1),
  )
  return { counts, entries: entries.slice(0, limit) }
}

/** What is wrong with the row in the connector's own words, or the trait and what a check says of its value. */
function describeReason(terminal: Terminal, { message, target, code }: HeldBack): string {
  if (message !== undefined && message !== '') return terminal.translator.phrase(message)
  return [target, reasonWords(terminal, code)].filter(Boolean).join(': ')
}
