import { AffluentError } from '../../core/errors/affluent-error.ts'
import {
  changeLogLevel,
  listConnectionHealth,
  listFindings,
  makeBackup,
  readLogLevel,
} from '../api/contract/hub.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import { readConfig } from '../config.ts'
import { createBackup } from '../operation/backup/create-backup.ts'
import { readConnectionHealth } from '../operation/connection-health.ts'
import { examine } from '../operation/doctor/examine.ts'
import { thisMachine } from '../operation/doctor/this-machine.ts'
import { readLogControl } from '../telemetry/logger.ts'
import type { HubDesk } from './hub-desk.ts'

/** /v1/hub and /v1/connections: how the hub and its accounts fare. */
export function createHubRoutes(desk: HubDesk): readonly Route[] {
  return [
    createBackupRoute(desk),
    createFindingsRoute(desk),
    ...createLogRoutes(desk),
    createHealthRoute(desk),
  ]
}

function createBackupRoute({ hub, clock }: HubDesk): Route {
  return defineRoute(makeBackup, async ({ body, principal, actor, signal }) => {
    // A folder of this machine is for the person who sits at it: nobody else can know what lies there.
    if (principal.kind !== 'local')
      throw new AffluentError('api.not_allowed', { permission: 'operation:write' })
    const { control, duckdb, folder } = hub
    const ports = { folder, control, duckdb, clock, signal }
    const list = await createBackup(ports, { target: body.folder, withKey: body.withKey, actor })
    return {
      folder: body.folder,
      madeAt: Date.parse(list.made_at),
      bytes: list.files.reduce((sum, { bytes }) => sum + bytes, 0),
      files: list.files.map(({ name }) => name),
    }
  })
}

function createFindingsRoute({ hub, env, clock }: HubDesk): Route {
  return defineRoute(listFindings, async () => ({
    findings: await examine({
      folder: hub.folder,
      config: readConfig(env),
      clock,
      machine: thisMachine(env),
      control: hub.control,
      storeFault: undefined,
      applied: await hub.applied(),
      isInside: true,
      holder: undefined,
    }),
  }))
}

function createLogRoutes({ hub, clock, logger }: HubDesk): readonly Route[] {
  const log = readLogControl(logger)
  return [
    defineRoute(readLogLevel, () => Promise.resolve({ level: log.level() })),
    defineRoute(changeLogLevel, async ({ body: { level }, actor }) => {
      const former = log.level()
      log.setLevel(level)
      const details = { level, former }
      await hub.control.appendAudit({
        at: clock.now(),
        actor,
        action: 'log_level_changed',
        object: 'hub',
        details,
      })
      return { level }
    }),
  ]
}

function createHealthRoute(desk: HubDesk): Route {
  const { hub, clock } = desk
  return defineRoute(listConnectionHealth, async () => {
    const { workspace } = await desk.open('affluent connections list')
    const { control, dataKeys } = hub
    const connections = await readConnectionHealth({
      workspace,
      control,
      box: dataKeys.box('access'),
      clock,
    })
    return { connections }
  })
}
