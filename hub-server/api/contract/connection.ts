import { z } from 'zod'
import { actionEffects, type ActionEffect } from '../../../core/connector/action.ts'
import type { ConnectionCheck } from '../../../core/connector/connector.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { describeRoute } from './describe-route.ts'
import { storedErrorContract, type StoredError } from './error.ts'
import { asIs, nameText, wire } from './wire.ts'

/** What one call to a platform showed: permission by permission, or why it could not be made. */
export interface TestedConnection {
  readonly connection: string
  readonly checks: readonly ConnectionCheck[]
  readonly error: StoredError | null
}

export const testConnections = describeRoute({
  name: 'connections.test',
  method: 'POST',
  path: '/v1/connections/test',
  permission: 'connections:read',
  effect: 'reads',
  cost: 'heavy',
  summary:
    'Calls each platform once, as the folder’s manifests declare it, and tells permission by permission what works.',
  body: wire<{ readonly connections?: readonly string[] }>({
    connections: z.array(nameText).min(1).max(100).exactOptional(),
  }),
  answer: wire<{ readonly connections: readonly TestedConnection[] }>({
    connections: z.array(
      wire<TestedConnection>({
        connection: z.string(),
        checks: z.array(
          wire<ConnectionCheck>({ name: z.string(), ok: z.boolean(), remedy: z.string().exactOptional() }),
        ),
        error: storedErrorContract.nullable(),
      }),
    ),
  }),
  errors: ['usage.wrong', 'manifest.invalid'],
  example: {
    body: { connections: ['hubspot'] },
    answer: {
      connections: [
        { connection: 'hubspot', checks: [{ name: 'crm.objects.contacts.read', ok: true }], error: null },
      ],
    },
  },
})

/** Something that may be asked of a platform beside syncs. */
export interface ActionDocument {
  readonly name: string
  readonly description: string
  readonly effect: ActionEffect
}

const connectionParams = wire<{ readonly connection: string }>({ connection: nameText })

export const listActions = describeRoute({
  name: 'connections.actions',
  method: 'GET',
  path: '/v1/connections/{connection}/actions',
  permission: 'connections:read',
  summary: 'What may be asked of a platform beside syncs, and what each of it changes there.',
  params: connectionParams,
  answer: wire<{ readonly actions: readonly ActionDocument[] }>({
    actions: z.array(
      wire<ActionDocument>({ name: z.string(), description: z.string(), effect: z.enum(actionEffects) }),
    ),
  }),
  errors: ['usage.wrong', 'run.not_applied'],
  example: {
    params: { connection: 'hubspot' },
    answer: {
      actions: [
        { name: 'list_scopes', description: 'Lists the scopes that HubSpot granted.', effect: 'reads' },
      ],
    },
  },
})

const actionParams = wire<{ readonly connection: string; readonly action: string }>({
  connection: nameText,
  action: nameText,
})
const input = asIs<JsonObject>('What the action needs; the connector’s README tells it')
const answer = wire<{ readonly answer: JsonObject }>({ answer: asIs<JsonObject>('What the platform said') })
const actionErrors = ['usage.wrong', 'run.not_applied'] as const

export const askAction = describeRoute({
  name: 'connections.ask',
  method: 'POST',
  path: '/v1/connections/{connection}/actions/{action}/ask',
  permission: 'connections:read',
  effect: 'reads',
  cost: 'heavy',
  summary: 'Carries out an action that only reads.',
  params: actionParams,
  body: wire<{ readonly input: JsonObject }>({ input }),
  answer,
  errors: actionErrors,
  example: {
    params: { connection: 'hubspot', action: 'list_scopes' },
    body: { input: {} },
    answer: { answer: { source: 'token', scopes: ['oauth'] } },
  },
})

/** `confirm`: the connection's name, for an action that cannot be taken back. */
interface ActionOrder {
  readonly input: JsonObject
  readonly confirm?: string
}

export const runAction = describeRoute({
  name: 'connections.run_action',
  method: 'POST',
  path: '/v1/connections/{connection}/actions/{action}',
  permission: 'connections:write',
  mode: 'operation',
  cost: 'heavy',
  summary:
    'Carries out an action that changes something there. One that cannot be taken back needs the connection’s name as confirmation; one that removes people needs `people:erase` too.',
  params: actionParams,
  body: wire<ActionOrder>({ input, confirm: nameText.exactOptional() }),
  answer,
  errors: [...actionErrors, 'usage.confirmation_needed'],
  example: {
    params: { connection: 'meta', action: 'create_lookalike' },
    body: { input: { name: 'Like buyers', origin_audience_id: '1', ratio: 0.01, countries: ['FR'] } },
    answer: { answer: { audience_id: '2', created: true } },
  },
})

export const connectionContracts = [testConnections, listActions, askAction, runAction]
