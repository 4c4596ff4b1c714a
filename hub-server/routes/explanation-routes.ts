import { requirePermission } from '../access/require-permission.ts'
import { explainPerson, type SyncExplanationDocument } from '../api/contract/explanation.ts'
import { defineRoute, type Caller, type Route } from '../api/define-route.ts'
import { explainSegment } from '../explain/explain-segment.ts'
import { explainSync, type SyncExplanation } from '../explain/explain-sync.ts'
import type { HubDesk } from './hub-desk.ts'
import { readDraft } from './read-draft.ts'
import { refuseSearch } from './refuse-search.ts'
import { toRunDocument } from './run-routes.ts'

const act = 'affluent explain'

/** POST /v1/explanations. What is neither a segment nor a draft is taken for a sync, so that the answer names the one that was meant. */
export function createExplanationRoutes(desk: HubDesk): readonly Route[] {
  return [
    defineRoute(explainPerson, async ({ body, ...caller }) => {
      const { person, asOf, ...asked } = body
      refuseSearch(caller.principal, person)
      // Rules of one's own would ask for a value bit by bit.
      if (asked.text !== undefined) requirePermission(caller.principal, 'people:read')
      const { segment: target, text } = asked
      const open = await desk.open(act)
      const isSync = target !== undefined && open.workspace.syncs.has(target)
      const isRule = text !== undefined || target === undefined || open.workspace.segments.has(target)
      if (isSync || !isRule)
        return toSyncDocument(await explainSync(open, { person, sync: target ?? '', asOf }), caller)
      const draft = readDraft(open.workspace, asked, act)
      // A segment is explained as it was evaluated: those are the members that people look at.
      const evaluatedAt = (await open.segments.states(draft.segments)).get(draft.segment)?.evaluatedAt
      const at = asOf ?? evaluatedAt ?? desk.clock.now()
      const told = await explainSegment(open, person, { ...draft, asOf: at, signal: caller.signal })
      return { ...told, kind: 'segment' as const, segment: draft.title }
    }),
  ]
}

function toSyncDocument(
  told: SyncExplanation,
  caller: Pick<Caller, 'principal' | 'translator'>,
): SyncExplanationDocument {
  return {
    ...told,
    kind: 'sync',
    memberSince: told.memberSince ?? null,
    consents: told.consents ?? null,
    delivery: told.delivery ?? null,
    waitingRun: told.waitingRun ? toRunDocument(told.waitingRun, caller) : null,
  }
}
