import { AffluentError } from '../../core/errors/affluent-error.ts'
import { readLocalToken } from '../access/local-token.ts'
import { dataPaths } from '../data-paths.ts'
import type { CommandContext } from './command.ts'
import type { HubClient } from './hub-client.ts'
import { createLocalHub } from './local-hub.ts'
import { createRemoteHub } from './remote-hub.ts'
import { withHub } from './with-hub.ts'

/**
 * Hands a command something to send its requests to: the hub that runs on this workspace, by the address it announced and the token it
 * wrote; where none runs, one that is opened here for as long as the command takes. Whoever holds the lock and is no hub keeps it:
 * `store.locked`.
 */
export async function withClient<T>(
  context: CommandContext,
  purpose: string,
  work: (client: HubClient) => Promise<T>,
): Promise<T> {
  const state = { isOpen: false }
  try {
    return await withHub(context, purpose, (hub) => {
      state.isOpen = true
      return work(createLocalHub(context, hub))
    })
  } catch (error) {
    const remote = state.isOpen ? undefined : findRunningHub(context, error)
    if (!remote) throw error
    return orLocked(error, () => work(remote))
  }
}

function findRunningHub(
  { folder, terminal, signal }: CommandContext,
  thrown: unknown,
): HubClient | undefined {
  if (!(thrown instanceof AffluentError) || thrown.code !== 'store.locked') return undefined
  const { address } = thrown.params
  const token = readLocalToken(dataPaths(folder).localToken)
  if (typeof address !== 'string' || token === undefined) return undefined
  const { language } = terminal.translator
  return { ...createRemoteHub({ address, token, language, signal }), holder: thrown.params }
}

/** A hub that is just starting or stopping holds the lock, but does not answer. */
async function orLocked<T>(locked: unknown, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AffluentError && error.code === 'api.not_reached') throw locked
    throw error
  }
}
