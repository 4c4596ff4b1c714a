import { randomBytes } from 'node:crypto'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { objectName } from '../../../core/manifest/name.ts'
import { sha256 } from '../../store/sha256.ts'
import { cliActor } from '../cli-actor.ts'
import { optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { showTable } from '../table.ts'
import { withHub } from '../with-hub.ts'

/** 192 bits, as 32 characters that addresses and headers take. */
const keyBytes = 24

/** Makes a key that clients send events with. It is shown once; only its digest is kept. */
export const keysCreate: CommandAction = async (context, input) => {
  const { terminal, clock } = context
  const act = 'affluent keys create'
  const source = objectName.safeParse(optionValue(input, 'write'))
  if (!source.success) throw new AffluentError('usage.wrong', { act, option: '--write', expected: 'NAME' })
  const key = `wk_${randomBytes(keyBytes).toString('base64url')}`
  const made = await withHub(context, 'keys', async ({ control }) => {
    const [createdAt, createdBy] = [clock.now(), cliActor()]
    const written = await control.addWriteKey(sha256(key), { source: source.data, createdAt, createdBy })
    await control.appendAudit({
      at: createdAt,
      actor: createdBy,
      action: 'write_key_created',
      object: `write_key/${written.id}`,
      details: { source: written.source },
    })
    return written
  })
  const { t } = terminal.translator
  terminal.document('write_key', { ...made, key })
  terminal.say(`${terminal.style('green', '✔')} ${t('keys.created', { source: made.source, id: made.id })}`)
  terminal.say(`  ${key}`)
  terminal.say(t('keys.once'))
  return exitCode.done
}

/** Lists the keys: ids and names, since the keys themselves are not kept. */
export const keysList: CommandAction = async (context) => {
  const { terminal } = context
  const { t } = terminal.translator
  const keys = await withHub(context, 'keys', ({ control }) => control.writeKeys())
  terminal.document('write_keys', { keys })
  if (keys.length === 0) {
    terminal.say(t('keys.none'))
    return exitCode.done
  }
  showTable(
    terminal,
    ['id', 'source', 'created', 'by', 'state'].map((column) => t(`keys.columns.${column}`)),
    keys.map(({ id, source, createdAt, createdBy, revokedAt }) => [
      id,
      source,
      terminal.instant(createdAt),
      createdBy,
      revokedAt === null ? t('keys.in_force') : t('keys.revoked_at', { at: terminal.instant(revokedAt) }),
    ]),
  )
  return exitCode.done
}

/** Ends a key: what is sent with it from now on is refused. */
export const keysRevoke: CommandAction = async (context, input) => {
  const { terminal, clock } = context
  const id = input.arguments['key'] ?? ''
  await withHub(context, 'keys', async ({ control }) => {
    const at = clock.now()
    if (!(await control.revokeWriteKey(id, at)))
      throw new AffluentError('usage.wrong', {
        act: 'affluent keys revoke',
        value: id,
        expected: 'affluent keys list',
      })
    const object = `write_key/${id}`
    await control.appendAudit({ at, actor: cliActor(), action: 'write_key_revoked', object, details: {} })
  })
  terminal.document('write_key_revoked', { id })
  terminal.say(`${terminal.style('green', '✔')} ${terminal.translator.t('keys.revoked', { id })}`)
  return exitCode.done
}
