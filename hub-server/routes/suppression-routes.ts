import { addSuppression, listSuppression, removeSuppression } from '../api/contract/suppression.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import { InvalidRequest } from '../api/invalid-request.ts'
import {
  createSuppressionList,
  suppressedKinds,
  type SuppressionList,
} from '../warehouse/suppression/suppression-list.ts'
import type { HubDesk } from './hub-desk.ts'

const defaultLimit = 50

/** The routes under /v1/suppression. */
export function createSuppressionRoutes({ hub, open, clock, cursors }: HubDesk): readonly Route[] {
  const { duckdb, digest, control } = hub
  async function openList(act: string, kind?: string): Promise<SuppressionList> {
    const { workspace } = await open(act)
    refuseNoKind(suppressedKinds(workspace.profileSchema), kind)
    return createSuppressionList({ duckdb, digest, schema: workspace.profileSchema })
  }
  /** Counts only: who it is must not come back through the audit log. */
  async function note(actor: string, action: string, count: number): Promise<void> {
    const fact = { at: clock.now(), actor, action, object: 'suppression', details: { count } }
    if (count > 0) await control.appendAudit(fact)
  }
  return [
    defineRoute(listSuppression, async ({ query: { limit = defaultLimit, cursor } }) => {
      const after = toPlace(cursors.read('suppression', cursor))
      const list = await openList('affluent suppress list')
      const found = await list.entries({ limit: limit + 1, after })
      return cursors.page('suppression', found, {
        limit,
        positionOf: ({ addedAt, digest }) => `${addedAt} ${digest}`,
      })
    }),
    defineRoute(addSuppression, async ({ body: { identifiers, kind, reason = '' }, actor }) => {
      const list = await openList('affluent suppress add', kind)
      const order = { ...(kind !== undefined && { kind }), reason, actor, at: clock.now() }
      const outcome = await list.add(identifiers, order)
      await note(actor, 'suppression_added', outcome.added)
      return outcome
    }),
    defineRoute(removeSuppression, async ({ body: { identifier, kind }, actor }) => {
      const removed = await (await openList('affluent suppress remove', kind)).remove(identifier, kind)
      await note(actor, 'suppression_removed', removed)
      return { removed }
    }),
  ]
}

/** Throws `InvalidRequest` for a kind that no identifier has: each value would be refused, and nobody be told why. */
function refuseNoKind(kinds: readonly string[], kind: string | undefined): void {
  if (kind === undefined || kinds.includes(kind)) return
  const expected = { key: 'one_of', params: { values: kinds.join(', ') } } as const
  throw new InvalidRequest([{ parameter: '#/kind', expected }])
}

function toPlace(
  position: string | undefined,
): { readonly addedAt: number; readonly digest: string } | undefined {
  if (position === undefined) return undefined
  const [addedAt = '', digest = ''] = position.split(' ')
  return { addedAt: Number(addedAt), digest }
}
