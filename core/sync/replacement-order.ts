import { z } from 'zod'
import type { DeliverSyncManifest } from '../manifest/manifest.ts'
import type { ControlStore } from '../port/control-store.ts'

/**
 * All members of an audience are to be exchanged. The order stands from the moment it is given until the platform took the last part,
 * so that an exchange that broke off, and may have left the audience half filled, is always followed by another.
 */
const orderShape = z.object({
  /** The run that carries it out; null while none does. */
  run: z.string().nullable(),
  /** Counts the sessions of this run. */
  attempt: z.int().min(0),
  /** What the last part that was taken left behind; null when none was. */
  state: z.json(),
})
export type ReplacementOrder = z.output<typeof orderShape>

const place = (sync: string): string => `replacement/${sync}`

/** The standing order of a sync, if there is one. */
export async function readReplacementOrder(
  control: ControlStore,
  sync: string,
): Promise<ReplacementOrder | undefined> {
  const stored = await control.setting(place(sync))
  return orderShape.nullable().parse(JSON.parse(stored ?? 'null')) ?? undefined
}

/** Writes an order durably, or takes it off the books. */
export function writeReplacementOrder(
  control: ControlStore,
  sync: string,
  order: ReplacementOrder | null,
): Promise<void> {
  return control.writeSetting(place(sync), JSON.stringify(order))
}

/** True when a delivery sends all members. In an add-only sync nobody may be dropped, so an order from before is left alone. */
export function isWholeDelivery(sync: DeliverSyncManifest, order: ReplacementOrder | undefined): boolean {
  return sync.mode === 'replace' || (sync.mode === 'mirror' && order !== undefined)
}
