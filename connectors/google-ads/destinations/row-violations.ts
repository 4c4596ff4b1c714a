import { z } from 'zod'
import type { Reason } from '../../../core/connector/outcome.ts'
import { toSaid } from '../../../core/connector/to-said.ts'
import type { PlatformReply } from '../../../core/port/platform-caller.ts'
import { parseRpcStatus } from '../rpc-status.ts'

const row = /^audience_?members\[(\d{1,6})\]/i

/**
 * The rows that a refused upload names, by their place in the request. One bad row rejects all 10,000 (chapter 2.2): these are dropped
 * and the rest is sent again. Undefined when the refusal is about anything else as well.
 */
export function findRowViolations(reply: PlatformReply): ReadonlyMap<number, Reason> | undefined {
  if (reply.status !== 400) return undefined
  const violations = parseRpcStatus(reply.body)?.violations ?? []
  const rows = new Map<number, Reason>()
  for (const { field, reason, description } of violations) {
    const index = row.exec(field)?.[1]
    if (index === undefined) return undefined
    rows.set(Number(index), { code: toCode(reason), message: toSaid(description) })
  }
  return rows.size > 0 ? rows : undefined
}

const reasonCode = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{2,60}$/)
  .transform((reason) => reason.toLowerCase())

const toCode = (reason: string): string => reasonCode.safeParse(reason).data ?? 'invalid_audience_member'
