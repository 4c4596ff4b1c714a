import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Run } from '../../core/sync/run.ts'
import type { ApiPorts } from './api-ports.ts'
import type { ApiRoute } from './api-route.ts'
import type { ReasonsDocument } from './contract/reason.ts'
import { runQueryContract, type RunPage } from './contract/run.ts'
import { parseParameters } from './invalid-request.ts'
import { fromRunCursor, toRunCursor } from './run-cursor.ts'
import { toRunDocument } from './run-document.ts'

/** GET /v1/runs, /v1/runs/{id}, /v1/runs/{id}/reasons. */
export function createRunRoutes({ control, reasons }: ApiPorts): readonly ApiRoute[] {
  async function find(id: string | undefined): Promise<Run> {
    const run = await control.run(id ?? '')
    if (!run) throw new AffluentError('api.object_unknown')
    return run
  }
  return [
    {
      method: 'GET',
      path: '/v1/runs',
      permission: 'read',
      async answer({ query, translator }) {
        const { cursor, limit, sync, state } = parseParameters(runQueryContract, query)
        // One more than asked tells whether there is another page.
        const found = await control.runs({
          limit: limit + 1,
          ...(sync !== undefined && { sync }),
          ...(state !== undefined && { state }),
          ...(cursor !== undefined && { before: fromRunCursor(cursor) }),
        })
        const page = found.slice(0, limit)
        const last = page.at(-1)
        const body: RunPage = {
          runs: page.map((run) => toRunDocument(run, translator)),
          next_cursor: found.length > limit && last ? toRunCursor(last.id) : null,
        }
        return { body }
      },
    },
    {
      method: 'GET',
      path: '/v1/runs/:id',
      permission: 'read',
      answer: async ({ params, translator }) => ({
        body: toRunDocument(await find(params['id']), translator),
      }),
    },
    {
      method: 'GET',
      path: '/v1/runs/:id/reasons',
      permission: 'read',
      async answer({ params }) {
        const run = await find(params['id'])
        const body: ReasonsDocument = { reasons: [...(await reasons(run.id))] }
        return { body }
      },
    },
  ]
}
