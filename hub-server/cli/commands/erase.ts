import { AffluentError, toAffluentError } from '../../../core/errors/affluent-error.ts'
import { toReceipt, type Erasure } from '../../../core/person-request/erasure.ts'
import type { ErasureScope } from '../../../core/port/person-rights.ts'
import { requireApplied, type Hub, type OpenWorkspace } from '../../hub.ts'
import { compactStores } from '../../worker/compact-stores.ts'
import { carryOnErasure } from '../../worker/erase-at-platforms.ts'
import { openErasure, previewErasure, type ErasureDesk } from '../../worker/erase-person.ts'
import { takeUp } from '../../worker/erase-wanted.ts'
import { cliActor } from '../cli-actor.ts'
import { hasOption, optionValue, type CommandAction, type CommandContext } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { findPerson } from '../find-person.ts'
import { showReceipt, showReceipts, showScope, showWanted } from '../show-erasure.ts'
import { withHub } from '../with-hub.ts'

const act = 'affluent erase'

/** Most signals that one look lists or takes up. */
const wantedAtOnce = 1_000

interface EraseDesk {
  readonly context: CommandContext
  readonly hub: Hub
  readonly open: OpenWorkspace
  readonly desk: ErasureDesk
}

/** Erases a person here and wherever they were ever sent; tells first what that is, and later how far it is. */
export const erase: CommandAction = (context, input) =>
  withHub(context, 'erase', async (hub) => {
    const open = await hub.open(await requireApplied(hub, act))
    const desk: ErasureDesk = { ...open, actor: cliActor(), signal: context.signal }
    const all = { context, hub, open, desk }
    const person = input.arguments['person']
    const request = optionValue(input, 'status')
    const yes = hasOption(input, 'yes')
    if (request !== undefined) return showStatus(all, request)
    if (hasOption(input, 'wanted')) return followWanted(all, yes)
    if (person === undefined) return listRequests(all)
    if (hasOption(input, 'lift')) return lift(all, person)
    return erasePerson(all, person, yes)
  })

async function erasePerson(all: EraseDesk, person: string, yes: boolean): Promise<number> {
  const { terminal } = all.context
  if (yes) await bringInWaiting(all)
  const profileId = await findPerson(all.open, person, act)
  const scope = await previewErasure(all.desk, profileId)
  if (!scope) throw new AffluentError('run.profile_unknown', { act })
  if (!yes) {
    terminal.document('erasure_preview', { ...scope, sentTo: withoutPerson(scope) })
    showScope(terminal, scope)
    terminal.say(terminal.translator.t('erase.nothing_yet'))
    return exitCode.done
  }
  const erasure = await carryOnErasure(all.desk, await openErasure(all.desk, scope))
  await compactStores(all.open)
  terminal.document('erasure', { ...toReceipt(erasure) })
  showReceipt(terminal, erasure)
  return codeOf([erasure])
}

/**
 * What clients sent and sources told, but nobody looked at yet, may be the person's: it is theirs only once it is normalised. Where that
 * fails, the erasure goes on; the next run drops what remains of them.
 */
async function bringInWaiting({ context, open }: EraseDesk): Promise<void> {
  const { signal, logger } = context
  try {
    await open.eventDrain.drain(signal)
    await open.profiles.refresh([...open.workspace.mappings.values()], { signal })
  } catch (thrown) {
    if (signal.aborted) throw thrown
    logger.warn('waiting_records_left', { code: toAffluentError(thrown, act).code })
  }
}

/** What was sent is the person's own data: an export tells it. */
const withoutPerson = ({ sentTo }: ErasureScope) =>
  sentTo.map(({ connection, audiences, lastAt }) => ({ connection, audiences, lastAt }))

/** Not done yet is no failure, but a script must see it. */
const codeOf = (erasures: readonly Erasure[]): number =>
  erasures.every(({ state }) => state === 'done') ? exitCode.done : exitCode.rejectedRows

async function showStatus({ context, open }: EraseDesk, request: string): Promise<number> {
  const { terminal } = context
  const known = await open.control.erasures()
  const erasure =
    known.find(({ id }) => id === request) ?? onlyOne(known.filter(({ id }) => id.startsWith(request)))
  if (!erasure)
    throw new AffluentError('usage.wrong', {
      act,
      value: request.slice(0, 64),
      expected: known
        .slice(0, 5)
        .map(({ id }) => id)
        .join(', '),
    })
  terminal.document('erasure', { ...toReceipt(erasure) })
  showReceipt(terminal, erasure)
  return codeOf([erasure])
}

const onlyOne = <Item>(items: readonly Item[]): Item | undefined =>
  items.length === 1 ? items[0] : undefined

async function listRequests({ context, open }: EraseDesk): Promise<number> {
  const erasures = await open.control.erasures({ limit: 50 })
  context.terminal.document('erasures', { requests: erasures.map(toReceipt) })
  showReceipts(context.terminal, erasures)
  return exitCode.done
}

async function followWanted({ context, open, desk }: EraseDesk, yes: boolean): Promise<number> {
  const { terminal } = context
  const wanted = await open.control.wantedErasures(wantedAtOnce)
  if (!yes) {
    terminal.document('erasures_wanted', {
      signals: wanted.map(({ number, connection }) => ({ number, connection })),
    })
    showWanted(terminal, wanted)
    return exitCode.done
  }
  for (const signal of wanted) await takeUp(desk, signal)
  const numbers = new Set(wanted.map(({ number }) => number))
  const opened = (await open.control.erasures()).filter(
    ({ signal }) => signal !== null && numbers.has(signal),
  )
  const erasures: Erasure[] = []
  for (const erasure of opened) erasures.push(await carryOnErasure(desk, erasure))
  await compactStores(open)
  terminal.document('erasures', { requests: erasures.map(toReceipt) })
  for (const erasure of erasures) showReceipt(terminal, erasure)
  return codeOf(erasures)
}

async function lift({ context, open, desk }: EraseDesk, person: string): Promise<number> {
  const { terminal, clock } = context
  const names = await open.rights.liftErasure(person)
  if (names > 0) {
    const fact = { actor: desk.actor, action: 'erasure_lifted', object: 'erasure', details: { names } }
    await open.control.appendAudit({ at: clock.now(), ...fact })
  }
  terminal.document('erasure_lifted', { names })
  terminal.say(terminal.translator.t(names > 0 ? 'erase.lifted' : 'erase.not_erased'))
  return exitCode.done
}
