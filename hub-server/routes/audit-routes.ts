import { AffluentError } from '../../core/errors/affluent-error.ts'
import { listAuditEntries, signAuditLog, tracePerson, verifyAuditLog } from '../api/contract/audit.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import { tracePerson as trace } from '../audit/trace-person.ts'
import { verifyAudit } from '../audit/verify-audit.ts'
import { dataPaths } from '../data-paths.ts'
import type { HubDesk } from './hub-desk.ts'

const defaultLimit = 100

/** /v1/audit: the audit log, whether it is whole, and who saw or received somebody. */
export function createAuditRoutes({ hub, open, cursors, clock }: HubDesk): readonly Route[] {
  const { control } = hub
  return [
    defineRoute(listAuditEntries, async ({ query }) => {
      const { limit = defaultLimit, cursor, object, action } = query
      const list = `audit/${object ?? ''}/${action ?? ''}`
      const from = Number(cursors.read(list, cursor) ?? 0) + 1
      // One more than asked tells whether there is another page.
      const found = await control.auditEntries({
        from,
        limit: limit + 1,
        ...(object !== undefined && { objects: [object] }),
        ...(action !== undefined && { action }),
      })
      return cursors.page(list, found, { limit, positionOf: ({ number }) => String(number) })
    }),
    defineRoute(verifyAuditLog, () => verifyAudit(control, dataPaths(hub.folder).control)),
    defineRoute(signAuditLog, async () => hub.signer.sign(await control.auditHead(), clock.now())),
    defineRoute(tracePerson, async ({ body, actor }) => {
      const act = 'tracing a person'
      const { rights } = await open(act)
      const profileId = await rights.findPerson(body.person)
      const trail = profileId === undefined ? undefined : await trace({ control, rights }, profileId)
      if (!trail) throw new AffluentError('run.profile_unknown', { act })
      await control.appendAudit({
        at: clock.now(),
        actor,
        action: 'person_traced',
        object: `profile/${trail.profileId}`,
        details: {},
      })
      return trail
    }),
  ]
}
