import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { OperationRecord } from '../../core/port/request-store.ts'
import { permits, type Permission } from '../access/permissions.ts'
import {
  cancelOperation,
  followOperation,
  listOperations,
  showOperation,
  type OperationDocument,
} from '../api/contract/operation.ts'
import { defineRoute, defineStream, type Caller, type Route } from '../api/define-route.ts'
import { toOperationDocument } from '../api/operation-document.ts'
import type { Operations } from '../api/operations.ts'
import type { Cursors } from './cursors.ts'

/** What the routes of operations work with. */
export interface OperationPorts {
  readonly operations: Operations
  readonly cursors: Cursors
  readonly control: Pick<ControlStore, 'appendAudit'>
  readonly clock: Clock
  /** What it takes to call a route, by its name; undefined: there is none such any more. */
  readonly permissionOf: (route: string) => Permission | undefined
}

const defaultLimit = 50

/** GET /v1/operations, /v1/operations/{id}, …/events; POST …/cancel. */
export function createOperationRoutes(ports: OperationPorts): readonly Route[] {
  const { operations, cursors, control, clock } = ports
  async function find(id: string): Promise<OperationRecord> {
    const operation = await operations.read(id)
    if (!operation) throw new AffluentError('api.object_unknown')
    return operation
  }
  return [
    defineRoute(listOperations, async ({ query: { limit = defaultLimit, cursor }, ...caller }) => {
      const before = cursors.read('operations', cursor)
      const found = await operations.list({ limit: limit + 1, ...(before !== undefined && { before }) })
      const { entries, nextCursor } = cursors.page('operations', found, { limit, positionOf: ({ id }) => id })
      return { operations: entries.map((one) => toOperationDocument(one, null, caller)), nextCursor }
    }),
    defineRoute(showOperation, async ({ params, ...caller }) => tell(ports, await find(params.id), caller)),
    defineRoute(cancelOperation, async ({ params, ...caller }) => {
      const { route } = await find(params.id)
      if (operations.cancel(params.id)) {
        const fact = { at: clock.now(), actor: caller.actor, action: 'operation_cancelled' }
        await control.appendAudit({ ...fact, object: `operation/${params.id}`, details: { route } })
      }
      return tell(ports, await find(params.id), caller)
    }),
    defineStream(followOperation, async function* ({ params, query, signal }) {
      await find(params.id)
      yield* operations.follow(params.id, query.after ?? 0, signal)
    }),
  ]
}

/** The result is what the route would have answered: only for whoever may call it. */
function tell(
  { operations, permissionOf }: OperationPorts,
  operation: OperationRecord,
  caller: Pick<Caller, 'principal' | 'translator'>,
): OperationDocument {
  const needed = permissionOf(operation.route)
  const may = needed !== undefined && permits(caller.principal, needed)
  return toOperationDocument(operation, may ? operations.result(operation) : null, caller)
}
