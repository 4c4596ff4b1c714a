import { toReceipt } from '../../../core/person-request/erasure.ts'
import {
  erasePerson,
  liftErasure,
  listErasures,
  listWanted,
  previewErasure,
  showErasure,
  takeUpWanted,
  type ErasureDocument,
} from '../../api/contract/erasure.ts'
import { hasOption, optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import type { HubClient } from '../hub-client.ts'
import { readPages } from '../read-pages.ts'
import { showReceipt, showReceipts, showScope, showWanted } from '../show-erasure.ts'
import type { Terminal } from '../terminal.ts'
import { withClient } from '../with-client.ts'

interface EraseDesk {
  readonly terminal: Terminal
  readonly hub: HubClient
}

/** Erases a person here and wherever they were ever sent; tells first what that is, and later how far it is. */
export const erase: CommandAction = (context, input) =>
  withClient(context, 'erase', async (hub) => {
    const all = { terminal: context.terminal, hub }
    const person = input.arguments['person']
    const request = optionValue(input, 'status')
    const yes = hasOption(input, 'yes')
    if (request !== undefined) return showStatus(all, request)
    if (hasOption(input, 'wanted')) return followWanted(all, yes)
    if (person === undefined) return listRequests(all)
    if (hasOption(input, 'lift')) return lift(all, person)
    return eraseOne(all, person, yes)
  })

async function eraseOne({ terminal, hub }: EraseDesk, person: string, yes: boolean): Promise<number> {
  if (!yes) {
    const scope = await hub.ask(previewErasure, { body: { person } })
    terminal.document('erasure_preview', { ...scope })
    showScope(terminal, scope)
    terminal.say(terminal.translator.t('erase.nothing_yet'))
    return exitCode.done
  }
  const erasure = await hub.ask(erasePerson, { body: { person } })
  terminal.document('erasure', { ...toReceipt(erasure) })
  showReceipt(terminal, erasure)
  return codeOf([erasure])
}

/** Not done yet is no failure, but a script must see it. */
const codeOf = (erasures: readonly ErasureDocument[]): number =>
  erasures.every(({ state }) => state === 'done') ? exitCode.done : exitCode.rejectedRows

async function showStatus({ terminal, hub }: EraseDesk, request: string): Promise<number> {
  const erasure = await hub.ask(showErasure, { params: { erasure: request } })
  terminal.document('erasure', { ...toReceipt(erasure) })
  showReceipt(terminal, erasure)
  return codeOf([erasure])
}

async function listRequests({ terminal, hub }: EraseDesk): Promise<number> {
  const erasures = await readPages(async (query) => {
    const { erasures: entries, nextCursor } = await hub.ask(listErasures, { query })
    return { entries, nextCursor }
  })
  terminal.document('erasures', { requests: erasures.map(toReceipt) })
  showReceipts(terminal, erasures)
  return exitCode.done
}

async function followWanted({ terminal, hub }: EraseDesk, yes: boolean): Promise<number> {
  if (!yes) {
    const { wanted } = await hub.ask(listWanted)
    terminal.document('erasures_wanted', {
      signals: wanted.map(({ number, connection }) => ({ number, connection })),
    })
    showWanted(terminal, wanted)
    return exitCode.done
  }
  const { erasures } = await hub.ask(takeUpWanted)
  terminal.document('erasures', { requests: erasures.map(toReceipt) })
  for (const erasure of erasures) showReceipt(terminal, erasure)
  return codeOf(erasures)
}

async function lift({ terminal, hub }: EraseDesk, person: string): Promise<number> {
  const { names } = await hub.ask(liftErasure, { body: { person } })
  terminal.document('erasure_lifted', { names })
  terminal.say(terminal.translator.t(names > 0 ? 'erase.lifted' : 'erase.not_erased'))
  return exitCode.done
}
