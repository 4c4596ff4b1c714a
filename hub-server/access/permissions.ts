import type { Role } from '../../core/port/access-store.ts'
import type { Principal } from './principal.ts'

/**
 * Everything that can be allowed, in one table: what it opens, in words for a person. A route names the one that it needs.
 */
export const permissions = {
  'runs:read': 'See runs, their counters and reasons, and operations under way',
  'runs:approve': 'Approve a run that the guard stopped',
  'syncs:read': 'See syncs, and what they would do now',
  'syncs:run': 'Start, repeat and stop syncs; replay rows that were set aside',
  'manifests:read': 'See manifests, plan changes of them',
  'manifests:write': 'Apply manifests',
  'segments:read': 'See segments, their sizes, history and overlap; preview rules',
  'people:read_masked': 'See people with their values masked, explain them',
  'people:read': 'See the values of people',
  'people:write': 'Correct, merge, divide, suppress and restrict people',
  'people:erase': 'Erase people, here and on every platform',
  'consents:read': 'See consents',
  'consents:write': 'Record consents and withdrawals',
  'events:read': 'See events as they come in',
  'quality:read': 'See the quality of data',
  'quality:write': 'Learn the models of data quality anew',
  'connections:read': 'See connections and their health',
  'connections:write': 'Connect and disconnect accounts, carry out actions on them',
  'keys:read': 'See the write keys of events',
  'keys:write': 'Make and end the write keys of events',
  'audit:read': 'Read, check and export the audit log',
  'access:read': 'See users, roles and API keys',
  'access:write': 'Make users, give roles, make and end API keys',
  'operation:read': 'See health, metrics, schedules and findings of the hub',
  'operation:write': 'Back up, restore, rotate keys, change schedules and alerts',
  'session:read': 'See who is signed in',
  'session:write': 'Sign out, change the own password',
} as const satisfies Readonly<Record<string, string>>

/** "resource:verb". */
export type Permission = keyof typeof permissions

export const permissionNames: readonly Permission[] = Object.keys(permissions).filter(isPermission)

/** True of a text that names a permission of the table. */
export function isPermission(text: string): text is Permission {
  return Object.hasOwn(permissions, text)
}

/** What only a person may do: a key that makes keys, or approves what keys began, would have no bounds. */
const forPeople = ['runs:approve', 'access:write', 'session:write'] as const satisfies readonly Permission[]

/** What gives access, lets a stopped run go, or erases: more than an open session is asked for (`requireRecentProof`). */
export const provenPermissions: ReadonlySet<Permission> = new Set([
  'access:write',
  'runs:approve',
  'people:erase',
])

/** What an API key may be made for. */
export type ApiKeyScope = Exclude<Permission, (typeof forPeople)[number]>

export const apiKeyScopes: readonly ApiKeyScope[] = permissionNames.filter(isApiKeyScope)

/** True of a text that names a permission that API keys may have. */
export function isApiKeyScope(text: string): text is ApiKeyScope {
  return isPermission(text) && !forPeople.some((name) => name === text)
}

const everybody = ['session:read', 'session:write'] as const

const viewer = [
  ...everybody,
  'runs:read',
  'syncs:read',
  'manifests:read',
  'segments:read',
  'people:read_masked',
  'quality:read',
  'connections:read',
  'operation:read',
] as const

const operator = [
  ...viewer,
  'people:read',
  'events:read',
  'consents:read',
  'consents:write',
  'syncs:run',
  'runs:approve',
] as const

/** What each role may do. An auditor reads everything and writes nothing. */
export const rolePermissions: Readonly<Record<Role, readonly Permission[]>> = {
  viewer,
  operator,
  admin: permissionNames,
  auditor: [
    ...everybody,
    ...permissionNames.filter((name) => /:read(?:_masked)?$/.test(name) && name !== 'session:read'),
  ],
}

/** True when the principal may do it. The person at this machine owns the data folder, and may do everything. */
export function permits(principal: Principal, permission: Permission): boolean {
  if (principal.kind === 'local') return true
  if (principal.kind === 'user') return rolePermissions[principal.role].includes(permission)
  // Who may see values may see them masked.
  if (permission === 'people:read_masked' && principal.scopes.includes('people:read')) return true
  return isApiKeyScope(permission) && principal.scopes.includes(permission)
}
