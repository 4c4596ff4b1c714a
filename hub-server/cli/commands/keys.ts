import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { objectName } from '../../../core/manifest/name.ts'
import type { WriteKey } from '../../../core/port/write-keys.ts'
import {
  listWriteKeys,
  makeWriteKey,
  overlapHours,
  revokeWriteKey,
  rotateWriteKey,
  type MadeWriteKey,
} from '../../api/contract/key.ts'
import { optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { showTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { readWholeNumber } from '../whole-number.ts'
import { withClient } from '../with-client.ts'

/** Makes a key that clients send events with, and shows it, this once. */
export const keysCreate: CommandAction = async (context, input) => {
  const { terminal } = context
  const act = 'affluent keys create'
  const source = objectName.safeParse(optionValue(input, 'write'))
  if (!source.success) throw new AffluentError('usage.wrong', { act, option: '--write', expected: 'NAME' })
  const body = { source: source.data }
  const made = await withClient(context, 'keys', (hub) => hub.ask(makeWriteKey, { body }))
  terminal.document('write_key', { ...made.made, key: made.key })
  showKey(terminal, made)
  return exitCode.done
}

/** Makes a key in place of another one, which goes on working for a while. */
export const keysRotate: CommandAction = async (context, input) => {
  const { terminal } = context
  const { t } = terminal.translator
  const params = { id: input.arguments['key'] ?? '' }
  const overlap = { name: 'overlap', from: 0, to: overlapHours.most }
  const hours = readWholeNumber(optionValue(input, 'overlap'), overlap)
  const body = hours === undefined ? {} : { overlapHours: hours }
  const rotated = await withClient(context, 'keys', (hub) => hub.ask(rotateWriteKey, { params, body }))
  const { key, made, former } = rotated
  terminal.document('write_key', { ...made, key, former })
  showKey(terminal, rotated)
  terminal.say(t('keys.ends', { id: former.id, at: terminal.instant(former.revokedAt ?? 0) }))
  return exitCode.done
}

function showKey(terminal: Terminal, { key, made: { source, id } }: MadeWriteKey): void {
  const { t } = terminal.translator
  terminal.say(`${terminal.style('green', '✔')} ${t('keys.created', { source, id })}`)
  terminal.say(`  ${key}`)
  terminal.say(t('keys.once'))
}

/** Lists the keys: ids and names, since the keys themselves are not kept. */
export const keysList: CommandAction = async (context) => {
  const { terminal, clock } = context
  const { t } = terminal.translator
  const { keys } = await withClient(context, 'keys', (hub) => hub.ask(listWriteKeys))
  terminal.document('write_keys', { keys })
  if (keys.length === 0) {
    terminal.say(t('keys.none'))
    return exitCode.done
  }
  showTable(
    terminal,
    ['id', 'source', 'created', 'by', 'state'].map((column) => t(`keys.columns.${column}`)),
    keys.map((key) => [
      key.id,
      key.source,
      terminal.instant(key.createdAt),
      key.createdBy,
      stateOf(terminal, key, clock.now()),
    ]),
  )
  return exitCode.done
}

function stateOf(terminal: Terminal, { revokedAt }: WriteKey, now: number): string {
  const { t } = terminal.translator
  if (revokedAt === null) return t('keys.in_force')
  return t(revokedAt > now ? 'keys.ends_at' : 'keys.revoked_at', { at: terminal.instant(revokedAt) })
}

/** Ends a key: what is sent with it from now on is refused. */
export const keysRevoke: CommandAction = async (context, input) => {
  const { terminal } = context
  const params = { id: input.arguments['key'] ?? '' }
  const { id } = await withClient(context, 'keys', (hub) => hub.ask(revokeWriteKey, { params }))
  terminal.document('write_key_revoked', { id })
  terminal.say(`${terminal.style('green', '✔')} ${terminal.translator.t('keys.revoked', { id })}`)
  return exitCode.done
}
