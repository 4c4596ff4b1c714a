import { z } from 'zod'
import { roles, type Role } from '../../../core/port/access-store.ts'
import { apiKeyScopes, permissionNames, type ApiKeyScope, type Permission } from '../../access/permissions.ts'
import { describeRoute } from './describe-route.ts'
import { instant, nameText, wire } from './wire.ts'

/** Somebody who may use the hub. */
export interface UserDocument {
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly state: 'invited' | 'active' | 'removed'
  /** Who signs them in: the hub by a password, or the identity provider. */
  readonly signIn: 'password' | 'provider'
  readonly createdAt: number
  readonly createdBy: string
}

const userContract = wire<UserDocument>({
  id: z.string(),
  name: z.string(),
  role: z.enum(roles),
  state: z.enum(['invited', 'active', 'removed']),
  signIn: z.enum(['password', 'provider']),
  createdAt: instant,
  createdBy: z.string(),
})

/** A link to choose a password by. It is told once. */
export interface LinkDocument {
  /** Behind the address of the hub. */
  readonly path: string
  /** The whole address, as browsers reach the hub; null: it was opened for one command. */
  readonly url: string | null
  readonly expiresAt: number
}

const linkContract = wire<LinkDocument>({ path: z.string(), url: z.string().nullable(), expiresAt: instant })

const byId = wire<{ readonly id: string }>({ id: nameText })

const exampleUser = {
  id: '5d1f7a52-9c0e-4a62-8f5b-2f6a0d6c1b9e',
  name: 'Ada',
  role: 'operator',
  state: 'invited',
  sign_in: 'password',
  created_at: '2026-11-22T08:00:00.000Z',
  created_by: 'user:Grace',
} as const
const exampleLink = {
  path: '/join/Xq3…',
  url: 'https://hub.example.com/join/Xq3…',
  expires_at: '2026-11-23T08:00:00.000Z',
} as const

export const listUsers = describeRoute({
  name: 'users.list',
  method: 'GET',
  path: '/v1/users',
  permission: 'access:read',
  summary: 'Who may use the hub, by name, people who were removed included.',
  answer: wire<{ readonly users: readonly UserDocument[] }>({ users: z.array(userContract) }),
  example: { answer: { users: [exampleUser] } },
})

export const inviteUser = describeRoute({
  name: 'users.invite',
  method: 'POST',
  path: '/v1/users',
  permission: 'access:write',
  summary: 'Makes a user, and the link by which they choose a password.',
  status: 201,
  body: wire<{ readonly name: string; readonly role: Role; readonly email?: string }>({
    name: z.string().min(1).max(64),
    role: z.enum(roles),
    email: z.email().max(320).exactOptional(),
  }),
  answer: wire<{ readonly user: UserDocument; readonly link: LinkDocument }>({
    user: userContract,
    link: linkContract,
  }),
  errors: ['access.name_unusable', 'access.second_person_needed'],
  example: { body: { name: 'Ada', role: 'operator' }, answer: { user: exampleUser, link: exampleLink } },
})

export const changeRole = describeRoute({
  name: 'users.role',
  method: 'PUT',
  path: '/v1/users/{id}/role',
  permission: 'access:write',
  summary: 'Gives a user another role; all their sessions end.',
  params: byId,
  body: wire<{ readonly role: Role }>({ role: z.enum(roles) }),
  answer: userContract,
  errors: ['api.object_unknown', 'access.last_admin', 'access.second_person_needed'],
  example: { params: { id: exampleUser.id }, body: { role: 'operator' }, answer: exampleUser },
})

export const removeUser = describeRoute({
  name: 'users.remove',
  method: 'DELETE',
  path: '/v1/users/{id}',
  permission: 'access:write',
  summary: 'Takes all access of a user away, at once; the name stays known to the audit log.',
  params: byId,
  answer: userContract,
  errors: ['api.object_unknown', 'access.last_admin'],
  example: { params: { id: exampleUser.id }, answer: { ...exampleUser, state: 'removed' } },
})

export const renewLink = describeRoute({
  name: 'users.link',
  method: 'POST',
  path: '/v1/users/{id}/link',
  permission: 'access:write',
  summary: 'A new link for a user who lost theirs, or their password.',
  params: byId,
  answer: linkContract,
  errors: ['api.object_unknown', 'access.second_person_needed'],
  example: { params: { id: exampleUser.id }, answer: exampleLink },
})

export const makeAdminLink = describeRoute({
  name: 'users.admin_link',
  method: 'POST',
  path: '/v1/admin-link',
  permission: 'access:write',
  summary: 'A link that makes an administrator; for the machine’s owner alone.',
  answer: linkContract,
  errors: ['api.not_allowed'],
  example: { answer: exampleLink },
})

/** A key of a program, without the key itself. */
export interface ApiKeyDocument {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly createdAt: number
  readonly createdBy: string
  readonly expiresAt: number
  readonly usedAt: number | null
  readonly revokedAt: number | null
}

const apiKeyContract = wire<ApiKeyDocument>({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  createdAt: instant,
  createdBy: z.string(),
  expiresAt: instant,
  usedAt: instant.nullable(),
  revokedAt: instant.nullable(),
})

const exampleKey = {
  id: '3f9a1c2b7d4e',
  name: 'nightly export',
  scopes: ['runs:read', 'syncs:run'],
  created_at: '2026-11-22T08:00:00.000Z',
  created_by: 'user:Grace',
  expires_at: '2027-02-20T08:00:00.000Z',
  used_at: null,
  revoked_at: null,
} as const

export const listApiKeys = describeRoute({
  name: 'api_keys.list',
  method: 'GET',
  path: '/v1/api-keys',
  permission: 'access:read',
  summary: 'The API keys, oldest first, ended ones included.',
  answer: wire<{ readonly keys: readonly ApiKeyDocument[] }>({ keys: z.array(apiKeyContract) }),
  example: { answer: { keys: [exampleKey] } },
})

export const makeApiKey = describeRoute({
  name: 'api_keys.make',
  method: 'POST',
  path: '/v1/api-keys',
  permission: 'access:write',
  summary: 'Makes an API key. The key itself is told in this answer alone.',
  status: 201,
  body: wire<{ readonly name: string; readonly scopes: readonly ApiKeyScope[]; readonly days?: number }>({
    name: z.string().min(1).max(64),
    scopes: z.array(z.enum(apiKeyScopes)).min(1).max(apiKeyScopes.length),
    days: z.int().min(1).max(366).exactOptional(),
  }),
  answer: wire<{ readonly key: string; readonly made: ApiKeyDocument }>({
    key: z.string(),
    made: apiKeyContract,
  }),
  errors: ['access.name_unusable', 'api.not_allowed'],
  example: {
    body: { name: 'nightly export', scopes: ['runs:read', 'syncs:run'], days: 90 },
    answer: { key: 'ak_…', made: exampleKey },
  },
})

export const revokeApiKey = describeRoute({
  name: 'api_keys.revoke',
  method: 'POST',
  path: '/v1/api-keys/{id}/revoke',
  permission: 'access:write',
  summary: 'Ends an API key at once.',
  params: byId,
  answer: wire<{ readonly id: string }>({ id: z.string() }),
  errors: ['api.object_unknown'],
  example: { params: { id: exampleKey.id }, answer: { id: exampleKey.id } },
})

/** Who calls, and what they may do. */
export interface SessionDocument {
  readonly kind: 'user' | 'api_key' | 'local'
  readonly name: string
  readonly role: Role | null
  readonly permissions: readonly Permission[]
  /** For the header X-CSRF-Token of unsafe requests by cookie; null for everybody else. */
  readonly csrfToken: string | null
  /** Whether guarded acts go on without a proof anew (/prove). */
  readonly isProven: boolean
}

export const showSession = describeRoute({
  name: 'session.show',
  method: 'GET',
  path: '/v1/session',
  permission: 'session:read',
  summary: 'Who is calling, and what they may do.',
  answer: wire<SessionDocument>({
    kind: z.enum(['user', 'api_key', 'local']),
    name: z.string(),
    role: z.enum(roles).nullable(),
    permissions: z.array(z.enum(permissionNames)),
    csrfToken: z.string().nullable(),
    isProven: z.boolean(),
  }),
  example: {
    answer: {
      kind: 'api_key',
      name: 'nightly export',
      role: null,
      permissions: ['runs:read'],
      csrf_token: null,
      is_proven: true,
    },
  },
})

export const endSession = describeRoute({
  name: 'session.end',
  method: 'DELETE',
  path: '/v1/session',
  permission: 'session:write',
  summary: 'Signs out: the session ends at once.',
  answer: wire<{ readonly ended: boolean }>({ ended: z.boolean() }),
  example: { answer: { ended: true } },
})

export const accessContracts = [
  listUsers,
  inviteUser,
  changeRole,
  removeUser,
  renewLink,
  makeAdminLink,
  listApiKeys,
  makeApiKey,
  revokeApiKey,
  showSession,
  endSession,
]
