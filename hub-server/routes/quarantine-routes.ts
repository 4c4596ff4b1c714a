import { listQuarantine, replayQuarantine } from '../api/contract/quarantine.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import {
  listQuarantine as readQuarantine,
  replayQuarantine as replay,
} from '../warehouse/quality/quarantine.ts'
import { readAgain } from '../worker/read-again.ts'
import { checkSourceName } from './check-source-name.ts'
import type { HubDesk } from './hub-desk.ts'

const shownRows = 20

/** The routes under /v1/quarantine. */
export function createQuarantineRoutes({ hub, open, clock, cursors }: HubDesk): readonly Route[] {
  return [
    defineRoute(listQuarantine, async ({ query: { source, limit = shownRows, cursor } }) => {
      const act = 'affluent quarantine list'
      const { workspace } = await open(act)
      checkSourceName(workspace, source, act)
      const list = `quarantine/${source ?? ''}`
      const order = { source, limit, after: cursors.read(list, cursor) }
      const { next, ...page } = await hub.duckdb.snapshot(() => readQuarantine(hub.duckdb, order))
      return { ...page, nextCursor: next === undefined ? null : cursors.make(list, next) }
    }),
    defineRoute(replayQuarantine, async ({ body: { source, accept = false }, actor }) => {
      const act = 'affluent quarantine replay'
      const { workspace } = await open(act)
      checkSourceName(workspace, source, act)
      const { records, streams } = await replay(hub.duckdb, { source, accept, now: clock.now() })
      const syncs = await readAgain(hub.control, workspace, streams)
      if (records > 0 || syncs.length > 0)
        await hub.control.appendAudit({
          at: clock.now(),
          actor,
          action: accept ? 'quarantine_accepted' : 'quarantine_replayed',
          object: source ?? 'all',
          details: { records, syncs: [...syncs] },
        })
      return { records, syncs }
    }),
  ]
}
