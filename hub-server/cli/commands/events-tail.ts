import { tailEvents, type TailedEvent } from '../../api/contract/event.ts'
import { hasOption, optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'
import { readWholeNumber } from '../whole-number.ts'
import { withClient } from '../with-client.ts'

/**
 * Shows events as they arrive, masked. Ends at Ctrl-C, after `--limit` events, or with `--once` when all that is there was shown. With
 * `--json` each event is one line.
 */
export const eventsTail: CommandAction = async (context, input) => {
  const { terminal, signal } = context
  const limit =
    readWholeNumber(optionValue(input, 'limit'), { name: 'limit', from: 1, to: 1_000_000 }) ?? Infinity
  const query = hasOption(input, 'once') ? { once: true } : {}
  return withClient(context, 'events tail', async (hub) => {
    if (terminal.json) terminal.data(JSON.stringify({ format: 1, type: 'events' }))
    let shown = 0
    try {
      for await (const { number, events } of hub.follow(tailEvents, { query })) {
        for (const event of events.slice(0, limit - shown)) show(terminal, number, event)
        shown += events.length
        if (shown >= limit) break
      }
    } catch (error) {
      // Ctrl-C is how a tail is ended.
      if (!signal.aborted) throw error
    }
    return exitCode.done
  })
}

function show(terminal: Terminal, call: number, event: TailedEvent): void {
  if (terminal.json) {
    terminal.data(JSON.stringify({ call, ...event }))
    return
  }
  const { t } = terminal.translator
  const at = new Date(event.receivedAt).toISOString()
  const state =
    event.state === 'taken'
      ? ''
      : terminal.style('yellow', ` ${t('events.set_aside', { reason: event.state })}`)
  const fields = event.fields.length === 0 ? '' : terminal.style('dim', ` {${event.fields.join(', ')}}`)
  const name = event.name === '' ? '' : ` “${event.name}”`
  terminal.say(`${at}  ${event.source}  ${event.type}${name}  ${event.person}${fields}${state}`)
}
