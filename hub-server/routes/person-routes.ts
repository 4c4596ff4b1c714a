import { AffluentError } from '../../core/errors/affluent-error.ts'
import {
  exportPerson,
  liftRectification,
  liftRestriction,
  previewRetention,
  rectifyPerson,
  restrictPerson,
} from '../api/contract/person.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import { toRetentionOrder } from '../worker/apply-retention.ts'
import { createErasureRoutes } from './erasure-routes.ts'
import { findPerson } from './find-person.ts'
import type { HubDesk } from './hub-desk.ts'

/** The routes under /v1/people, /v1/erasures and /v1/retention: what persons may ask for. */
export function createPersonRoutes(desk: HubDesk): readonly Route[] {
  return [...createCorrectionRoutes(desk), ...createDataRoutes(desk), ...createErasureRoutes(desk)]
}

function createCorrectionRoutes({ hub, open, clock }: HubDesk): readonly Route[] {
  const { control } = hub
  return [
    defineRoute(rectifyPerson, async ({ body: { person, trait, value }, actor }) => {
      const act = 'affluent rectify'
      const opened = await open(act)
      const profileId = await findPerson(opened, person, act)
      const order = { actor, at: clock.now() }
      await opened.rights.rectify(profileId, { trait, value }, order)
      const object = `profile/${profileId}`
      await control.appendAudit({ ...order, action: 'value_rectified', object, details: { trait } })
      return { profileId, changed: true }
    }),
    defineRoute(liftRectification, async ({ body: { person, trait }, actor }) => {
      const act = 'affluent rectify'
      const opened = await open(act)
      const profileId = await findPerson(opened, person, act)
      const changed = await opened.rights.liftRectification(profileId, trait)
      const fact = { at: clock.now(), actor, action: 'rectification_lifted', object: `profile/${profileId}` }
      if (changed) await control.appendAudit({ ...fact, details: { trait } })
      return { profileId, changed }
    }),
    defineRoute(restrictPerson, async ({ body: { person }, actor }) => {
      const act = 'affluent restrict'
      const opened = await open(act)
      const profileId = await findPerson(opened, person, act)
      const order = { actor, at: clock.now() }
      const records = await opened.rights.restrict(profileId, order)
      const fact = { ...order, action: 'person_restricted', object: `profile/${profileId}` }
      if (records > 0) await control.appendAudit({ ...fact, details: { records } })
      return { profileId, records }
    }),
    defineRoute(liftRestriction, async ({ body: { person }, actor }) => {
      const act = 'affluent restrict'
      const opened = await open(act)
      const profileId = await findPerson(opened, person, act)
      const records = await opened.rights.liftRestriction(profileId)
      const fact = { at: clock.now(), actor, action: 'restriction_lifted', object: `profile/${profileId}` }
      if (records > 0) await control.appendAudit({ ...fact, details: { records } })
      return { profileId, records }
    }),
  ]
}

function createDataRoutes({ hub, open, clock }: HubDesk): readonly Route[] {
  return [
    defineRoute(exportPerson, async ({ body: { person }, actor }) => {
      const act = 'affluent export'
      const opened = await open(act)
      const profileId = await findPerson(opened, person, act)
      const exported = await opened.rights.exportPerson(profileId)
      if (!exported) throw new AffluentError('run.profile_unknown', { act })
      const rows = Object.values(exported.tables).reduce((sum, table) => sum + table.length, 0)
      const fact = { actor, action: 'person_exported', object: `profile/${profileId}`, details: { rows } }
      await hub.control.appendAudit({ at: clock.now(), ...fact })
      return exported
    }),
    defineRoute(previewRetention, async ({ query: { asOf = clock.now() } }) => {
      const { workspace, rights } = await open('affluent retention')
      if (!workspace.retention) return { asOf, preview: null }
      const counts = await rights.previewRetention(toRetentionOrder(workspace.retention, asOf))
      return { asOf, preview: { keepDays: workspace.retention.keep_days, counts } }
    }),
  ]
}
