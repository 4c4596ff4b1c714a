import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { DeliveryStore } from '../../core/port/delivery-store.ts'
import type { Run } from '../../core/sync/run.ts'
import { listRuns, showReasons, showRun, type RunDocument } from '../api/contract/run.ts'
import { defineRoute, type Caller, type Route } from '../api/define-route.ts'
import { toToldError } from '../api/told-error.ts'
import type { Cursors } from './cursors.ts'

/** What the routes of runs read. */
export interface RunPorts {
  readonly control: Pick<ControlStore, 'run' | 'runs'>
  readonly reasons: DeliveryStore['reasons']
  readonly cursors: Cursors
}

/** A run as the API shows it. */
export function toRunDocument(run: Run, caller: Pick<Caller, 'principal' | 'translator'>): RunDocument {
  return { ...run, error: toToldError(run.error, caller) }
}

const defaultLimit = 50

/** GET /v1/runs, /v1/runs/{id}, /v1/runs/{id}/reasons. */
export function createRunRoutes({ control, reasons, cursors }: RunPorts): readonly Route[] {
  async function find(id: string): Promise<Run> {
    const run = await control.run(id)
    if (!run) throw new AffluentError('api.object_unknown')
    return run
  }
  return [
    defineRoute(listRuns, async ({ query, ...caller }) => {
      const { limit = defaultLimit, cursor, ...filter } = query
      const list = `runs/${filter.sync ?? ''}/${filter.state ?? ''}`
      const before = cursors.read(list, cursor)
      // One more than asked tells whether there is another page.
      const found = await control.runs({
        ...filter,
        limit: limit + 1,
        ...(before !== undefined && { before }),
      })
      const { entries, nextCursor } = cursors.page(list, found, { limit, positionOf: ({ id }) => id })
      return { runs: entries.map((run) => toRunDocument(run, caller)), nextCursor }
    }),
    defineRoute(showRun, async ({ params, ...caller }) => toRunDocument(await find(params.id), caller)),
    defineRoute(showReasons, async ({ params }) => {
      const run = await find(params.id)
      return { reasons: await reasons(run.id) }
    }),
  ]
}
