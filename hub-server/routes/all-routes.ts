import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Permission } from '../access/permissions.ts'
import type { Route } from '../api/define-route.ts'
import type { HubDesk } from './hub-desk.ts'

/** The routes of each area, by the first word of their names. An area is loaded when one of its routes is needed. */
const areas: Readonly<Record<string, (desk: HubDesk) => Promise<readonly Route[]>>> = {
  runs: async (desk) => [
    ...(await import('./run-routes.ts')).createRunRoutes({
      control: desk.hub.control,
      cursors: desk.cursors,
      reasons: async (runId) => (await desk.open('reading reasons')).deliveries.reasons(runId),
    }),
    ...(await import('./cycle-routes.ts')).createCycleRoutes(desk),
  ],
  syncs: async (desk) => [
    ...(await import('./sync-routes.ts')).createSyncRoutes(desk.hub),
    ...(await import('./cycle-routes.ts')).createStatusRoutes(desk),
  ],
  plans: async (desk) => (await import('./plan-routes.ts')).createPlanRoutes(desk),
  manifests: async (desk) => (await import('./manifest-routes.ts')).createManifestRoutes(desk),
  segments: async (desk) => (await import('./segment-routes.ts')).createSegmentRoutes(desk),
  keys: async (desk) => (await import('./key-routes.ts')).createKeyRoutes(desk),
  events: async (desk) => (await import('./event-routes.ts')).createEventRoutes(desk),
  quality: async (desk) => (await import('./quality-routes.ts')).createQualityRoutes(desk),
  connections: async (desk) => (await import('./connection-routes.ts')).createConnectionRoutes(desk),
  picks: async (desk) => (await import('./pick-routes.ts')).createPickRoutes(desk),
  users: async ({ hub, clock, address }) =>
    (await import('./access-routes.ts')).createUserRoutes({ control: hub.control, clock }, address),
  api_keys: async ({ hub, clock }) =>
    (await import('./access-routes.ts')).createApiKeyRoutes({ control: hub.control, clock }),
  session: async ({ hub, clock }) =>
    (await import('./access-routes.ts')).createSessionRoutes({ control: hub.control, clock }),
  approvals: async ({ hub, clock, cursors }) =>
    (await import('./access-routes.ts')).createApprovalRoutes({ control: hub.control, clock }, cursors),
  profiles: async (desk) => (await import('./profile-routes.ts')).createProfileRoutes(desk),
  explanations: async (desk) => (await import('./explanation-routes.ts')).createExplanationRoutes(desk),
  consents: async (desk) => (await import('./consent-routes.ts')).createConsentRoutes(desk),
  suppression: async (desk) => (await import('./suppression-routes.ts')).createSuppressionRoutes(desk),
  quarantine: async (desk) => (await import('./quarantine-routes.ts')).createQuarantineRoutes(desk),
  people: async (desk) => (await import('./person-routes.ts')).createPersonRoutes(desk),
  audit: async (desk) => (await import('./audit-routes.ts')).createAuditRoutes(desk),
  authorizations: async (desk) => (await import('./authorization-routes.ts')).createAuthorizationRoutes(desk),
  secrets: async (desk) => (await import('./secret-routes.ts')).createSecretRoutes(desk),
  hub: async (desk) => (await import('./hub-routes.ts')).createHubRoutes(desk),
  reference: async () => (await import('./reference-routes.ts')).createReferenceRoutes(),
  operations: async ({ operations, cursors, clock, hub: { control } }) => {
    const { createOperationRoutes } = await import('./operation-routes.ts')
    return createOperationRoutes({ operations, cursors, control, clock, permissionOf })
  },
}

/** What it takes to call each route, once all are loaded. */
const permissionsByRoute = new Map<string, Permission>()
const permissionOf = (route: string): Permission | undefined => permissionsByRoute.get(route)

/** Every route of the API. */
export async function createAllRoutes(desk: HubDesk): Promise<readonly Route[]> {
  const loaded = await Promise.all(Object.values(areas).map((load) => load(desk)))
  const routes = loaded.flat()
  for (const { contract } of routes) permissionsByRoute.set(contract.name, contract.permission)
  return routes
}

/** One route by its name, for a command that works in this process. */
export async function findRoute(desk: HubDesk, name: string): Promise<Route> {
  const area = areas[name.split('.')[0] ?? '']
  const routes = area ? await area(desk) : []
  const route = routes.find(({ contract }) => contract.name === name)
  if (!route) throw new AffluentError('api.route_unknown')
  return route
}
