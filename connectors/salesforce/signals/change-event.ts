import { z } from 'zod'
import { clientTag } from '../client-tag.ts'
import { toId18 } from '../salesforce-id.ts'

const headerShape = z.object({
  entityName: z.string(),
  recordIds: z.array(z.string().transform(toId18)),
  changeType: z.string(),
  changeOrigin: z.string().default('').catch(''),
  transactionKey: z.string(),
  sequenceNumber: z.number(),
  commitTimestamp: z.number(),
  commitUser: z.string().default('').catch('').transform(toId18),
  changedFields: z.array(z.string()).default([]).catch([]),
})

const eventShape = z.object({
  payload: z.looseObject({ ChangeEventHeader: headerShape }),
  event: z.object({ replayId: z.int() }),
})

/** One change of one or several records that changed in the same way (2.6). */
export type ChangeEvent = z.output<typeof headerShape> & {
  readonly replayId: number
  /** The changed fields with their new values: enough to tell what kind of change it is, never taken for the record. */
  readonly payload: Readonly<Record<string, unknown>>
}

/** Reads an event; undefined for what is no change event (a custom channel may carry others). */
export function parseChangeEvent(data: unknown): ChangeEvent | undefined {
  const parsed = eventShape.safeParse(data).data
  if (!parsed) return undefined
  const { ChangeEventHeader: header, ...payload } = parsed.payload
  return { ...header, replayId: parsed.event.replayId, payload }
}

/** The position behind an event, whatever it is about. */
export const replayIdOf = (data: unknown): number | undefined =>
  z.object({ event: z.object({ replayId: z.int() }) }).safeParse(data).data?.event.replayId

const isOurTag = new RegExp(`;client=${clientTag}(?:[;/]|$)`)
const stamps = ['LastModifiedDate', 'LastModifiedById', 'SystemModstamp']

/**
 * True for what the hub itself changed: told by our tag in `changeOrigin`, or by our user where nothing but our own field was
 * written.
 */
export function isOwnChange(
  { changeOrigin, commitUser, changeType, changedFields }: ChangeEvent,
  own: { readonly userId: string | undefined; readonly field: string },
): boolean {
  if (isOurTag.test(changeOrigin)) return true
  if (changeType !== 'UPDATE' || commitUser !== own.userId || !changedFields.includes(own.field)) return false
  return changedFields.every((field) => field === own.field || stamps.includes(field))
}
