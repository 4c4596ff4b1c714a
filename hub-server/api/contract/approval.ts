import { z } from 'zod'
import { guardedActs, type ApprovalRequest } from '../../../core/port/approvals.ts'
import { describeRoute } from './describe-route.ts'
import { instant, nameText, pageQuery, wire, type PageQuery } from './wire.ts'

/** Something that waits for a second person, or did. */
export type ApprovalDocument = ApprovalRequest

const approvalContract = wire<ApprovalDocument>({
  id: z.string(),
  kind: z.enum(guardedActs),
  object: z.string(),
  digest: z.string(),
  state: z.enum(['waiting', 'approved', 'refused', 'used']),
  requestedAt: instant,
  requestedBy: z.string(),
  expiresAt: instant,
  decidedBy: z.string().nullable(),
})

const exampleApproval = {
  id: '9c2e41aa',
  kind: 'role_grant',
  object: 'user/Ada',
  digest: '7d793037a0760186574b0282f2f435e7',
  state: 'waiting',
  requested_at: '2026-11-22T08:00:00.000Z',
  requested_by: 'user:Grace',
  expires_at: '2026-11-23T08:00:00.000Z',
  decided_by: null,
} as const

export const listApprovals = describeRoute({
  name: 'approvals.list',
  method: 'GET',
  path: '/v1/approvals',
  permission: 'runs:read',
  summary: 'What waits for a second person, and what became of the rest; newest first.',
  query: wire<PageQuery>(pageQuery),
  answer: wire<{ readonly requests: readonly ApprovalDocument[]; readonly nextCursor: string | null }>({
    requests: z.array(approvalContract),
    nextCursor: z.string().nullable(),
  }),
  example: { query: { limit: '20' }, answer: { requests: [exampleApproval], next_cursor: null } },
})

export const decideApproval = describeRoute({
  name: 'approvals.decide',
  method: 'POST',
  path: '/v1/approvals/{id}/decision',
  permission: 'runs:approve',
  summary: 'Approves or refuses what somebody else asked for, exactly as it was looked at.',
  params: wire<{ readonly id: string }>({ id: nameText }),
  body: wire<{ readonly digest: string; readonly approve: boolean }>({
    digest: z.string().min(8).max(64),
    approve: z.boolean(),
  }),
  answer: approvalContract,
  errors: ['api.object_unknown', 'api.not_allowed', 'access.own_request', 'run.plan_changed'],
  example: {
    params: { id: exampleApproval.id },
    body: { digest: exampleApproval.digest, approve: true },
    answer: { ...exampleApproval, state: 'approved', decided_by: 'user:Ada' },
  },
})

export const approvalContracts = [listApprovals, decideApproval]
