import { createHash } from 'node:crypto'
import type { PersonCells } from './person-cells.ts'

/** Meta's bracket around the requests of one upload. */
export interface UploadSession {
  readonly session_id: number
  readonly batch_seq: number
  readonly last_batch_flag: boolean
  readonly estimated_num_total: number
}

/** The number of an exchange of all members: the same for all parts of one attempt, also after a restart of the hub. */
export function toExchangeId(exchange: { readonly audience: string; readonly session: string }): number {
  const digest = createHash('sha256').update(`exchange ${exchange.audience} ${exchange.session}`)
  return Number.parseInt(digest.digest('hex').slice(0, 13), 16)
}

/**
 * A number for an upload that is unique within the ad account: 52 bits of a digest over the instant, the audience, the operation and
 * the rows. Meta takes 64 bits, but JSON numbers are exact only below 2^53. A request that is repeated keeps its number, which
 * Meta takes as the same batch; two uploads at one instant get different ones.
 */
export function toSessionId(
  upload: { readonly at: number; readonly audience: string; readonly operation: string },
  persons: readonly PersonCells[],
): number {
  const digest = createHash('sha256').update(`${upload.at} ${upload.audience} ${upload.operation}\n`)
  for (const { cells } of persons) digest.update(`${[...cells.values()].join('')}\n`)
  return Number.parseInt(digest.digest('hex').slice(0, 13), 16)
}
