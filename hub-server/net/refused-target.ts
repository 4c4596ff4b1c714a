import type { TargetFault } from '../../core/network/check-target.ts'

/** A request that led to where the hub does not go. Nothing was sent: no connection was opened. */
export class RefusedTarget extends Error {
  override readonly name = 'RefusedTarget'
  readonly host: string
  readonly reason: TargetFault

  constructor(host: string, reason: TargetFault) {
    super(`the hub does not connect to this address (${reason})`)
    this.host = host
    this.reason = reason
  }
}
