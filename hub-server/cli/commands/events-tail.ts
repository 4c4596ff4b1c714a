import { existsSync } from 'node:fs'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { dataPaths } from '../../data-paths.ts'
import { openEventTail, type TailedEvent } from '../../intake/read-tail.ts'
import { hasOption, optionValue, type CommandAction, type CommandContext } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'
import { readWholeNumber } from '../whole-number.ts'

/** Between two looks into the spool, in milliseconds. */
const lookEveryMs = 500

/**
 * Shows events as they arrive, masked. Reads only, beside a running hub; ends at Ctrl-C, after `--limit` events, or with `--once` when all
 * that is there was shown. With `--json` each event is one line.
 */
export const eventsTail: CommandAction = async (context, input) => {
  const { folder, terminal, signal } = context
  const limit =
    readWholeNumber(optionValue(input, 'limit'), { name: 'limit', from: 1, to: 1_000_000 }) ?? Infinity
  const { events } = dataPaths(folder)
  if (!existsSync(events)) throw new AffluentError('run.not_applied', { act: 'affluent events tail' })
  using tail = openEventTail(events)
  if (terminal.json) terminal.data(JSON.stringify({ format: 1, type: 'events' }))
  let shown = 0
  let last = 0
  while (!signal.aborted && shown < limit) {
    const arrived = tail.after(last)
    last = arrived.at(-1)?.call ?? last
    for (const event of arrived.slice(0, limit - shown)) show(terminal, event)
    shown += arrived.length
    if (arrived.length > 0) continue
    if (hasOption(input, 'once')) break
    await pause(context)
  }
  return exitCode.done
}

function show(terminal: Terminal, event: TailedEvent): void {
  if (terminal.json) {
    terminal.data(JSON.stringify(event))
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

/** Ctrl-C is how a tail is ended: no error. */
async function pause({ clock, signal }: CommandContext): Promise<void> {
  await clock.sleep(lookEveryMs, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}
