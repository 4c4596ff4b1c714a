import type { Kysely, Selectable, Transaction } from 'kysely'
import type { ApprovalRequest, Approvals, ApprovalUse } from '../../core/port/approvals.ts'
import type { Commit } from './access-rows.ts'
import { appendEntry } from './audit-rows.ts'
import type { ApprovalRow, ControlTables } from './control-tables.ts'

/** The requests for approval of the control store. */
export function createApprovalRows(kysely: Kysely<ControlTables>, commit: Commit): Approvals {
  return {
    ...readers(kysely),
    createApproval: (request, fact) =>
      commit(async (transaction) => {
        await transaction
          .deleteFrom('approval_request')
          .where('state', 'in', ['waiting', 'approved'])
          .where('expires_at', '<=', fact.at)
          .execute()
        await transaction.insertInto('approval_request').values(toRow(request)).execute()
        await appendEntry(transaction, fact)
      }),
    decideApproval: (id, { state, by }, fact) =>
      commit((transaction) =>
        move(transaction, { id, fact }, { from: 'waiting', to: { state, decided_by: by } }),
      ),
    useApproval: (use) => commit((transaction) => useApproval(transaction, use)),
  }
}

/** Uses an approval up, in the transaction of what it was given for. False when it is not there any more. */
export const useApproval = (transaction: Transaction<ControlTables>, use: ApprovalUse): Promise<boolean> =>
  move(transaction, use, { from: 'approved', to: { state: 'used' } })

interface Step {
  readonly from: ApprovalRequest['state']
  readonly to: Partial<Pick<ApprovalRow, 'state' | 'decided_by'>>
}

async function move(
  transaction: Transaction<ControlTables>,
  { id, fact }: ApprovalUse,
  { from, to }: Step,
): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('approval_request')
    .set(to)
    .where('id', '=', id)
    .where('state', '=', from)
    .where('expires_at', '>', fact.at)
    .executeTakeFirst()
  if (numUpdatedRows === 1n) await appendEntry(transaction, fact)
  return numUpdatedRows === 1n
}

function readers(
  kysely: Kysely<ControlTables>,
): Pick<Approvals, 'approvalRequest' | 'approvalRequests' | 'findApproval' | 'manifestActors'> {
  const find = kysely.selectFrom('approval_request').selectAll()
  return {
    async approvalRequest(id) {
      const row = await find.where('id', '=', id).executeTakeFirst()
      return row && toRequest(row)
    },
    async approvalRequests({ limit, after }) {
      let query = find
      if (after)
        query = query.where((where) =>
          where.or([
            where('requested_at', '<', after.requestedAt),
            where.and([where('requested_at', '=', after.requestedAt), where('id', '>', after.id)]),
          ]),
        )
      const rows = await query.orderBy('requested_at', 'desc').orderBy('id').limit(limit).execute()
      return rows.map(toRequest)
    },
    async findApproval({ kind, object, digest, requestedBy }, now) {
      const row = await find
        .where('kind', '=', kind)
        .where('object', '=', object)
        .where('digest', '=', digest)
        .where('requested_by', '=', requestedBy)
        .where('state', 'in', ['waiting', 'approved'])
        .where('expires_at', '>', now)
        .executeTakeFirst()
      return row && toRequest(row)
    },
    async manifestActors(since) {
      const rows = await kysely
        .selectFrom('manifest_revision')
        .select('actor')
        .distinct()
        .where('applied_at', '>=', since)
        .execute()
      return rows.map(({ actor }) => actor)
    },
  }
}

function toRequest(row: Selectable<ApprovalRow>): ApprovalRequest {
  return {
    id: row.id,
    kind: row.kind,
    object: row.object,
    digest: row.digest,
    state: row.state,
    requestedAt: row.requested_at,
    requestedBy: row.requested_by,
    expiresAt: row.expires_at,
    decidedBy: row.decided_by,
  }
}

function toRow({ requestedAt, requestedBy, expiresAt, decidedBy, ...request }: ApprovalRequest): ApprovalRow {
  return {
    ...request,
    requested_at: requestedAt,
    requested_by: requestedBy,
    expires_at: expiresAt,
    decided_by: decidedBy,
  }
}
