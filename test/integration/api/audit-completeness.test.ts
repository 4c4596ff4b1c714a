import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allContracts } from '../../../hub-server/api/contract/all-contracts.ts'
import { httpRequest } from '../../support/http-request.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { anAuditedHub, type AuditedWorkspace } from './an-audited-hub.ts'
import {
  driveAccess,
  driveKeysAndHub,
  driveManifestsAndRuns,
  driveMatching,
  drivePeople,
  drivePlatforms,
  prepare,
} from './api-drives.ts'
import { besideItsLog, type AuditedHub } from './audited-call.ts'
import {
  driveInstall,
  driveOwnPages,
  drivePeopleShown,
  driveWaysIn,
  driveWhatIsPushed,
  driveWhatShows,
} from './beside-drives.ts'

let audited: AuditedWorkspace
let log: AuditedHub
let backups: string
beforeAll(async () => {
  audited = await anAuditedHub()
  log = besideItsLog(audited.hub)
  backups = await mkdtemp(join(tmpdir(), 'audited-'))
  await prepare(log)
})
afterAll(async () => {
  await audited.close()
  await rm(backups, { recursive: true, force: true })
})

const routeOf = ({ method, path }: { readonly method: string; readonly path: string }): string =>
  `${method} ${path}`

describe('X42: the audit log', () => {
  it('X42: says who changed what, and by which request, once for each route that changes something', async (context) => {
    await driveManifestsAndRuns(log)
    await driveMatching(log)
    await drivePeople(log)
    // What is wanted and what is authorised comes from beside the API.
    await driveWhatIsPushed(log, audited.mounted)
    await driveInstall(log)
    await drivePlatforms(log)
    await driveKeysAndHub(log, backups)
    await driveAccess(log)
    const changing = allContracts.filter(({ effect }) => effect === 'changes').map(({ name }) => name)
    const undriven = changing.filter((name) => !log.driven.has(name))
    reportFigure(context, {
      check: 'X42',
      claim: 'routes that change something without exactly one audit entry; all driven',
      value: log.missing.length + undriven.length,
      of: changing.length,
      target: '0',
    })
    expect({ missing: log.missing, undriven }).toEqual({ missing: [], undriven: [] })
  })

  it('X42: has exactly the entries of each route beside the API: one of what changes, none of what shows or is only kept', async (context) => {
    await driveWhatShows(log, audited.mounted)
    await drivePeopleShown(log)
    await driveWaysIn(log, audited)
    await driveOwnPages(log)
    const ofApi = new Set(allContracts.map(routeOf))
    const beside = [...new Set(audited.mounted.map(routeOf))].filter((route) => !ofApi.has(route))
    const undriven = beside.filter((route) => !log.driven.has(route))
    const missing = log.missing.filter((fault) => fault.includes('/'))
    reportFigure(context, {
      check: 'X42',
      claim:
        'routes beside the API (pages, webhooks, cards, intake, install) whose entries are not those declared; all driven',
      value: missing.length + undriven.length,
      of: beside.length,
      target: '0',
    })
    expect(beside.length).toBeGreaterThan(40)
    expect({ missing, undriven }).toEqual({ missing: [], undriven: [] })
  })

  it('X01: of every route there is, beside the API too, nobody without a proof gets more than health and the sign-in page', async (context) => {
    const open: string[] = []
    const failed: string[] = []
    const asked = audited.mounted.filter(({ method }) => method !== 'OPTIONS')
    for (const route of asked) {
      const { status, headers } = await httpRequest(
        `${audited.hub.url}${route.path.replaceAll(/\{\w+\}/g, 'x')}`,
        { method: route.method, headers: { 'idempotency-key': 'of-nobody-1' } },
      )
      // Readiness says 503 when something is not ready, which a busy machine may be.
      if (status >= 500 && !route.path.startsWith('/readyz')) failed.push(routeOf(route))
      const isAway = status === 303 && headers.location?.startsWith('/sign-in') === true
      if (status < 400 && !isAway) open.push(routeOf(route))
    }
    const meant = [
      // Leads on to the own account, which asks for a sign-in.
      'GET /',
      'GET /livez',
      'GET /readyz',
      'GET /readyz/ingest',
      'GET /readyz/sync',
      'GET /sign-in',
      'GET /sign-in/oidc',
      'GET /startupz',
      'POST /v1/m',
    ]
    const beyond = open.filter((route) => !meant.includes(route))
    reportFigure(context, {
      check: 'X01',
      claim:
        'routes of a whole hub, beside the API too, that are open to nobody in particular and not meant to be',
      value: beyond.length,
      of: asked.length,
      target: '0',
    })
    expect({ beyond, failed }).toEqual({ beyond: [], failed: [] })
    expect(open).toContain('GET /sign-in')
    expect(asked.length).toBeGreaterThan(allContracts.length + 40)
  })
})
