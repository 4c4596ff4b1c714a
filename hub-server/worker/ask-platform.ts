import type { BoundDestination } from '../../core/connector/connector.ts'
import { toAffluentError, type AffluentError } from '../../core/errors/affluent-error.ts'
import type { DeliverSyncManifest } from '../../core/manifest/manifest.ts'
import type { PlanRow } from '../../core/port/delivery-store.ts'
import type { Cycle } from './cycle-ports.ts'

/** What a platform says of rows that would be added, without taking them. */
export type PlatformVerdict =
  | {
      readonly asked: number
      /** Refused rows by reason. */
      readonly refused: readonly { readonly code: string; readonly message: string; readonly count: number }[]
    }
  /** The platform would refuse everything, or there is nothing to ask yet. */
  | { readonly error: AffluentError }

/** Most rows that a platform is asked about: one request of every platform that can be asked. */
export const mostAskedRows = 1_000

/**
 * Asks the platform about the first rows of a plan that would be added. Undefined where it cannot be asked: it has no way, nobody would
 * be added, or the audience is not there yet. A refusal is part of the answer, so that one platform spoils no plan of another.
 */
export async function askPlatform(
  cycle: Cycle,
  sync: DeliverSyncManifest,
  planned: { readonly destination: BoundDestination; readonly rows: readonly PlanRow[] },
): Promise<PlatformVerdict | undefined> {
  const { validate } = planned.destination
  const added = planned.rows.filter(({ operation }) => operation !== 'remove').slice(0, mostAskedRows)
  if (!validate || added.length === 0) return undefined
  const { audience: name, settings = {} } = sync.destination
  try {
    const audience =
      (await cycle.control.audience(sync.name)) ?? (await planned.destination.find({ name, settings }))
    if (!audience) return undefined
    const records = added.map(({ key, fields }) => ({ ...(key !== null && { key }), fields }))
    const refused = await validate({ audience, settings, records, signal: cycle.signal })
    const groups = Map.groupBy(refused, ({ reason }) => JSON.stringify([reason.code, reason.message]))
    return {
      asked: added.length,
      refused: [...groups.values()].flatMap((group) => {
        const [first] = group
        return first ? [{ ...first.reason, count: group.length }] : []
      }),
    }
  } catch (thrown) {
    if (cycle.signal.aborted) throw thrown
    return { error: toAffluentError(thrown, 'asking the platform about a plan') }
  }
}
