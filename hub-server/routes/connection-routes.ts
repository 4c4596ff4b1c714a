import { ZodError } from 'zod'
import type { BoundAction, Connection } from '../../core/connector/connector.ts'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { JsonObject } from '../../core/port/json.ts'
import type { Principal } from '../access/principal.ts'
import { requireRecentProof } from '../access/recent-proof.ts'
import { requirePermission } from '../access/require-permission.ts'
import {
  askAction,
  listActions,
  runAction,
  testConnections,
  type TestedConnection,
} from '../api/contract/connection.ts'
import { defineRoute, type Caller, type Route } from '../api/define-route.ts'
import { asInteractive } from '../net/urgency.ts'
import { readWorkspaceFiles } from '../workspace-files.ts'
import type { HubDesk } from './hub-desk.ts'

/** The routes under /v1/connections: whether accounts work, and what may be asked of them beside syncs. */
export function createConnectionRoutes(desk: HubDesk): readonly Route[] {
  return [createTestRoute(desk), ...createActionRoutes(desk)]
}

function createTestRoute({ hub, env }: HubDesk): Route {
  const act = 'affluent connections test'
  return defineRoute(testConnections, async ({ body, translator }) => {
    // As the folder declares them: an account is tested before anything of it is in force.
    const { workspace } = await readWorkspaceFiles(hub.folder, env)
    const known = [...workspace.connections.keys()]
    const { connections = known } = body
    const stranger = connections.find((name) => !workspace.connections.has(name))
    if (stranger !== undefined || known.length === 0) throw unknownName(act, stranger ?? '', known)
    const connect = await hub.connections(workspace)
    const test = (name: string): Promise<TestedConnection> =>
      testConnection(name, () => connect(name), translator)
    return { connections: await Promise.all(connections.map(test)) }
  })
}

async function testConnection(
  connection: string,
  connect: () => Promise<Connection>,
  translator: Caller['translator'],
): Promise<TestedConnection> {
  try {
    const checks = await asInteractive(async () => (await connect()).test())
    return { connection, checks, error: null }
  } catch (error) {
    if (!(error instanceof AffluentError)) throw error
    const { code, params } = error
    return { connection, checks: [], error: { code, params, ...translator.error(error) } }
  }
}

const act = 'affluent connections action'

function createActionRoutes(desk: HubDesk): readonly Route[] {
  const { hub, clock } = desk
  return [
    defineRoute(listActions, async ({ params }) => {
      const connection = await findConnection(desk, params.connection)
      return { actions: actionsOf(connection).map(describe) }
    }),
    defineRoute(askAction, async ({ params, body }) => {
      const reading = actionsOf(await findConnection(desk, params.connection)).filter(
        ({ effect }) => effect === 'reads',
      )
      return { answer: await carryOut(findAction(reading, params.action), body.input) }
    }),
    defineRoute(
      runAction,
      async ({ params, body, principal, actor }) => {
        const { connection: name, action: asked } = params
        const action = findAction(actionsOf(await findConnection(desk, name)), asked)
        guard(action, { connection: name, confirm: body.confirm, principal })
        const answer = await carryOut(action, body.input)
        await hub.control.appendAudit({
          at: clock.now(),
          actor,
          action: 'action_run',
          object: `connection/${name}`,
          details: { action: action.name, effect: action.effect },
        })
        return { answer }
      },
      async ({ params, body, principal }) => {
        const action = findAction(actionsOf(await findConnection(desk, params.connection)), params.action)
        guard(action, { connection: params.connection, confirm: body.confirm, principal })
      },
    ),
  ]
}

interface Guarded {
  readonly connection: string
  readonly confirm: string | undefined
  readonly principal: Principal
}

/** Throws unless whoever asks may do this, and means it. */
function guard({ name, effect }: BoundAction, { connection, confirm, principal }: Guarded): void {
  if (effect === 'reads' || effect === 'changes') return
  if (effect === 'removes_people') requirePermission(principal, 'people:erase')
  requireRecentProof(principal)
  if (confirm !== connection)
    throw new AffluentError('usage.confirmation_needed', { act: `${act} ${connection} ${name}` })
}

async function findConnection(desk: HubDesk, name: string): Promise<Connection> {
  const { workspace, connect } = await desk.open(act)
  if (!workspace.connections.has(name)) throw unknownName(act, name, [...workspace.connections.keys()])
  return connect(name)
}

const actionsOf = (connection: Connection): readonly BoundAction[] =>
  connection.actions.flatMap((name) => connection.action(name) ?? [])

const describe = ({
  name,
  description,
  effect,
}: BoundAction): Pick<BoundAction, 'name' | 'description' | 'effect'> => ({ name, description, effect })

function findAction(actions: readonly BoundAction[], name: string): BoundAction {
  const action = actions.find((one) => one.name === name)
  if (!action)
    throw unknownName(
      act,
      name,
      actions.map((one) => one.name),
    )
  return action
}

function unknownName(act: string, value: string, known: readonly string[]): AffluentError {
  return new AffluentError('usage.wrong', { act, value: value.slice(0, 64), expected: known.join(', ') })
}

async function carryOut(action: BoundAction, input: JsonObject): Promise<JsonObject> {
  try {
    return await asInteractive(() => action.run(input))
  } catch (error) {
    throw error instanceof ZodError ? toInputError(error, action.name) : error
  }
}

/** The first fault of the input, by place and expectation. */
function toInputError(error: ZodError, action: string): AffluentError {
  const [issue] = error.issues
  return new AffluentError('usage.wrong', {
    act: `${act} ${action}`,
    value: issue ? issue.path.join('.') : '',
    expected: issue?.message ?? '',
  })
}
