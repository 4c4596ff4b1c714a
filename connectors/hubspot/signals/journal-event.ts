import { z } from 'zod'
import type { ChangeSignal } from '../../../core/connector/signal.ts'
import { hubspotId, toInstant } from '../mapping.ts'
import { isOptOut, kindOfAction, streamOfType } from './change-kind.ts'

const optionalId = hubspotId.optional().catch(undefined)

const eventShape = z.object({
  type: z.string().default(''),
  portalId: hubspotId,
  occurredAt: z.union([z.string(), z.number()]).transform(toInstant).pipe(z.number()),
  action: z.string(),
  objectTypeId: z.string().optional().catch(undefined),
  objectId: optionalId,
  listId: optionalId,
  propertyChanges: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]).catch(null))
    .default({})
    .catch({}),
  mergedObjectIds: z.array(hubspotId).default([]).catch([]),
})
type JournalEvent = z.output<typeof eventShape>

/** The signal of one journal event; undefined for other accounts, other objects and what cannot be read. */
export function toSignal(raw: unknown, portalId: string): ChangeSignal | undefined {
  const event = eventShape.safeParse(raw).data
  if (!event || event.portalId !== portalId) return undefined
  const optOuts = optOutsOf(event)
  const kind = optOuts ? 'opted_out' : kindOfAction[event.action]
  if (kind === undefined) return undefined
  if (kind === 'uninstalled') return { id: idOf(event), kind, occurredAt: event.occurredAt }
  // Lists hold contacts where their events name no type.
  const stream = streamOfType[event.objectTypeId ?? (event.listId === undefined ? '' : '0-1')]
  if (stream === undefined || event.objectId === undefined) return undefined
  return {
    id: idOf(event),
    kind,
    stream,
    externalId: event.objectId,
    occurredAt: event.occurredAt,
    ...(kind === 'merged' && { mergedIds: event.mergedObjectIds.filter((id) => id !== event.objectId) }),
    ...optOuts,
    ...(event.listId !== undefined && { audienceId: event.listId }),
  }
}

/** The properties whose change is an opt-out; undefined: none. */
function optOutsOf({ propertyChanges }: JournalEvent): { readonly fields: readonly string[] } | undefined {
  const fields = Object.entries(propertyChanges).flatMap(([name, value]) =>
    isOptOut(name, String(value)) ? [name] : [],
  )
  return fields.length > 0 ? { fields } : undefined
}

/** Journal events have no id of their own: what they say names them. */
function idOf({ portalId, type, action, objectTypeId, objectId, listId, occurredAt }: JournalEvent): string {
  return [portalId, type, action, objectTypeId, objectId, listId, occurredAt]
    .map((part) => part ?? '')
    .join(':')
}
