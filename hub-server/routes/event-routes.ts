import { tailEvents } from '../api/contract/event.ts'
import { defineStream, type Route } from '../api/define-route.ts'
import { dataPaths } from '../data-paths.ts'
import { openEventTail } from '../intake/read-tail.ts'
import type { HubDesk } from './hub-desk.ts'

/** Between two looks into the spool, in milliseconds. */
const lookEveryMs = 500

/** GET /v1/events. */
export function createEventRoutes({ hub, clock }: HubDesk): readonly Route[] {
  return [
    defineStream(tailEvents, async function* ({ query: { after = 0, once = false }, signal }) {
      using tail = openEventTail(dataPaths(hub.folder).events)
      let last = after
      while (!signal.aborted) {
        const arrived = tail.after(last)
        yield* arrived
        last = arrived.at(-1)?.number ?? last
        if (arrived.length > 0) continue
        if (once) return
        // Who stops listening ends the wait: no error.
        await clock.sleep(lookEveryMs, signal).catch((error: unknown) => {
          if (!signal.aborted) throw error
        })
      }
    }),
  ]
}
