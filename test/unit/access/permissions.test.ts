import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { roles } from '../../../core/port/access-store.ts'
import {
  apiKeyScopes,
  isApiKeyScope,
  permissionNames,
  permits,
  rolePermissions,
} from '../../../hub-server/access/permissions.ts'
import { toActor } from '../../../hub-server/access/principal.ts'

describe('permissions', () => {
  it('gives an admin everything, an auditor everything that only reads, a viewer no values of people', () => {
    expect(rolePermissions.admin).toEqual(permissionNames)
    const writes = rolePermissions.auditor.filter((name) => !/:read(?:_masked)?$/.test(name))
    expect(writes).toEqual(['session:write'])
    for (const name of ['people:read', 'events:read', 'consents:read', 'audit:read'] as const)
      expect(rolePermissions.viewer).not.toContain(name)
    expect(rolePermissions.operator).toEqual(expect.arrayContaining([...rolePermissions.viewer]))
  })

  it('lets no API key approve, give access, or act for a session', () => {
    const forPeople = permissionNames.filter((name) => !isApiKeyScope(name))
    expect(forPeople.sort()).toEqual(['access:write', 'runs:approve', 'session:write'])
    // Not even one whose stored scopes were altered.
    const altered = { kind: 'api_key', id: 'k', name: 'k', owner: 'user:Ada', scopes: ['runs:approve'] }
    expect(permits(altered as never, 'runs:approve')).toBe(false)
    expect(apiKeyScopes.length + forPeople.length).toBe(permissionNames.length)
  })

  it('names callers as the audit log does', () => {
    expect(toActor({ kind: 'user', id: '1', name: 'Ada', role: 'admin', session: '', isProven: true })).toBe(
      'user:Ada',
    )
    expect(toActor({ kind: 'api_key', id: '1', name: 'nightly', scopes: [], owner: '' })).toBe(
      'api_key:nightly',
    )
    expect(toActor({ kind: 'local', name: 'root' })).toBe('cli:root')
  })

  it('are all in the page of the documentation, with the roles that have them', async () => {
    const page = await readFile(new URL('../../../docs/access.md', import.meta.url), 'utf8')
    for (const name of permissionNames) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\``)) ?? ''
      const marks = row.split('|').slice(3, 3 + roles.length)
      const allowed = roles.filter((_role, index) => marks[index]?.trim() === 'yes')
      expect([name, allowed]).toEqual([name, roles.filter((role) => rolePermissions[role].includes(name))])
    }
  })
})
