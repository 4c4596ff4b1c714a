import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { roles, type Role } from '../../../core/port/access-store.ts'
import {
  changeRole,
  inviteUser,
  listUsers,
  makeAdminLink,
  removeUser,
  renewLink,
  type LinkDocument,
  type UserDocument,
} from '../../api/contract/access.ts'
import { nameKey } from '../../store/name-key.ts'
import { optionValue, type CommandAction, type CommandContext, type CommandInput } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import type { HubClient } from '../hub-client.ts'
import { showTable } from '../table.ts'
import { withClient } from '../with-client.ts'

/** Who may use the hub. */
export const accessList: CommandAction = (context) =>
  withClient(context, 'access', async (hub) => {
    const { terminal } = context
    const { t } = terminal.translator
    const { users } = await hub.ask(listUsers)
    terminal.document('users', { users })
    if (users.length === 0) {
      terminal.say(t('access.none'))
      return exitCode.done
    }
    showTable(
      terminal,
      ['name', 'role', 'state', 'created', 'by'].map((column) => t(`access.columns.${column}`)),
      users.map(({ name, role, state, createdAt, createdBy }) => [
        name,
        t(`pages:roles.${role}`),
        t(`access.states.${state}`),
        terminal.instant(createdAt),
        createdBy,
      ]),
    )
    return exitCode.done
  })

/** Makes a user and prints the link by which they choose a password. */
export const accessAdd: CommandAction = (context, input) =>
  withClient(context, 'access', async (hub) => {
    const { terminal } = context
    const email = optionValue(input, 'email')
    const role = readRole('affluent access add', optionValue(input, 'role'))
    const body = { name: typedName(input), role, ...(email !== undefined && { email }) }
    const { user, link } = await hub.ask(inviteUser, { body })
    terminal.document('user_invited', { user, link })
    done(context, 'access.added', { name: user.name })
    showLink(context, link)
    return exitCode.done
  })

/** Gives a role. */
export const accessRole: CommandAction = (context, input) =>
  withClient(context, 'access', async (hub) => {
    const role = readRole('affluent access role', input.arguments['role'])
    const { id } = await findUser(hub, input)
    const user = await hub.ask(changeRole, { params: { id }, body: { role } })
    context.terminal.document('user', { ...user })
    const words = context.terminal.translator.t(`pages:roles.${user.role}`)
    done(context, 'access.role_given', { name: user.name, role: words })
    return exitCode.done
  })

/** Takes all access away. */
export const accessRemove: CommandAction = (context, input) =>
  withClient(context, 'access', async (hub) => {
    const { id } = await findUser(hub, input)
    const user = await hub.ask(removeUser, { params: { id } })
    context.terminal.document('user', { ...user })
    done(context, 'access.removed', { name: user.name })
    return exitCode.done
  })

/** Prints a new link: of a user, or, from this machine, one that makes an administrator. */
export const accessLink: CommandAction = (context, input) =>
  withClient(context, 'access', async (hub) => {
    const link =
      input.arguments['user'] === undefined
        ? await hub.ask(makeAdminLink)
        : await hub.ask(renewLink, { params: { id: (await findUser(hub, input)).id } })
    context.terminal.document('link', { ...link })
    showLink(context, link)
    return exitCode.done
  })

const typedName = (input: CommandInput): string => input.arguments['user'] ?? ''

function readRole(act: string, typed: string | undefined): Role {
  const role = roles.find((known) => known === typed)
  if (role !== undefined) return role
  throw new AffluentError('usage.wrong', { act, option: '--role', expected: roles.join(', ') })
}

async function findUser(hub: HubClient, input: CommandInput): Promise<UserDocument> {
  const { users } = await hub.ask(listUsers)
  const wanted = nameKey(typedName(input))
  const user = users.find(({ name, state }) => nameKey(name) === wanted && state !== 'removed')
  if (user) return user
  throw new AffluentError('usage.wrong', {
    act: 'affluent access',
    value: typedName(input).slice(0, 64),
    expected: 'affluent access list',
  })
}

function done({ terminal }: CommandContext, key: string, params: Readonly<Record<string, string>>): void {
  terminal.say(`${terminal.style('green', '✔')} ${terminal.translator.t(key, params)}`)
}

/** As the running hub tells it; where none runs, by the settings that one would start with here. */
function showLink({ terminal, config }: CommandContext, { path, url, expiresAt }: LinkDocument): void {
  const { t } = terminal.translator
  terminal.say(t('access.link', { until: terminal.instant(expiresAt) }))
  terminal.say(`  ${url ?? `${config.publicUrl ?? `http://${config.host}:${config.port}`}${path}`}`)
}
