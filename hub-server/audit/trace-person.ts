import { z } from 'zod'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { ExportRow, PersonRights } from '../../core/port/person-rights.ts'
import type { PersonReceipt, PersonTrail } from '../api/contract/audit.ts'

const receiptSchema = z.object({
  connection: z.string(),
  kind: z.string(),
  audience: z.string(),
  status: z.string(),
  at: z.string().nullable(),
  still_there: z.boolean().nullable(),
  sent: z.record(z.string(), z.unknown()).nullable(),
})

export interface TraceDesk {
  readonly control: Pick<ControlStore, 'auditEntries'>
  readonly rights: Pick<PersonRights, 'idsOf' | 'exportPerson'>
}

/**
 * Who saw a person, under each id that they ever had, and which audiences were sent which fields. Undefined: no such profile. Of people
 * who were erased only the audit log's entries are left, and nobody can tell whose they were.
 */
export async function tracePerson(
  { control, rights }: TraceDesk,
  profileId: string,
): Promise<PersonTrail | undefined> {
  const exported = await rights.exportPerson(profileId)
  if (!exported) return undefined
  const ids = await rights.idsOf(profileId)
  const objects = ids.map((id) => `profile/${id}`)
  const entries = await control.auditEntries({ objects })
  return {
    profileId,
    seen: entries.map(({ at, actor, action, details }) => ({ at, actor, action, details })),
    received: (exported.tables['recipients'] ?? []).map(toReceipt),
  }
}

function toReceipt(row: ExportRow): PersonReceipt {
  const { still_there: stillThere, sent, ...told } = receiptSchema.parse(row)
  return { ...told, stillThere: stillThere ?? false, fields: Object.keys(sent ?? {}).toSorted() }
}
