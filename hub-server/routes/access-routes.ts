import type { User } from '../../core/port/access-store.ts'
import type { ApiKey } from '../../core/port/api-keys.ts'
import { endApiKey, keyDays, makeApiKey as makeKey } from '../access/api-key-book.ts'
import { toCsrfToken } from '../access/csrf-token.ts'
import * as people from '../access/people.ts'
import { permissionNames, permits } from '../access/permissions.ts'
import type { AccessPorts } from '../access/second-person.ts'
import { decideRequest } from '../access/second-person.ts'
import { createSessionBook } from '../access/session-book.ts'
import {
  changeRole,
  endSession,
  inviteUser,
  listApiKeys,
  listUsers,
  makeAdminLink,
  makeApiKey,
  removeUser,
  renewLink,
  revokeApiKey,
  showSession,
  type ApiKeyDocument,
  type LinkDocument,
  type UserDocument,
} from '../api/contract/access.ts'
import { decideApproval, listApprovals } from '../api/contract/approval.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import type { Cursors } from './cursors.ts'
import type { HubDesk } from './hub-desk.ts'
import { positionOfRequest, toRequestPlace } from './request-place.ts'

/** Requests a page, where it is not said. */
const defaultLimit = 50

/** /v1/users and /v1/admin-link. */
export function createUserRoutes(ports: AccessPorts, address: HubDesk['address']): readonly Route[] {
  const toLinkDocument = ({ token, expiresAt }: people.IssuedLink): LinkDocument => {
    const [path, hub] = [`/join/${token}`, address()]
    return { path, url: hub === undefined ? null : `${hub}${path}`, expiresAt }
  }
  return [
    defineRoute(listUsers, async () => ({ users: (await ports.control.users()).map(toUserDocument) })),
    defineRoute(inviteUser, async ({ principal, body }) => {
      const wanted = { ...body, email: body.email ?? null }
      const { user, link } = await people.inviteUser(ports, principal, wanted)
      return { user: toUserDocument(user), link: toLinkDocument(link) }
    }),
    defineRoute(changeRole, async ({ principal, params: { id }, body: { role } }) =>
      toUserDocument(await people.changeRole(ports, principal, { id, role })),
    ),
    defineRoute(removeUser, async ({ principal, params: { id } }) =>
      toUserDocument(await people.removeUser(ports, principal, id)),
    ),
    defineRoute(renewLink, async ({ principal, params: { id } }) =>
      toLinkDocument(await people.renewLink(ports, principal, id)),
    ),
    defineRoute(makeAdminLink, async ({ principal }) =>
      toLinkDocument(await people.issueAdminLink(ports, principal)),
    ),
  ]
}

/** /v1/api-keys. */
export function createApiKeyRoutes(ports: AccessPorts): readonly Route[] {
  return [
    defineRoute(listApiKeys, async () => ({ keys: (await ports.control.apiKeys()).map(toKeyDocument) })),
    defineRoute(makeApiKey, async ({ principal, body: { name, scopes, days = keyDays.usual } }) => {
      const { key, made } = await makeKey(ports, principal, { name, scopes, days })
      return { key, made: toKeyDocument(made) }
    }),
    defineRoute(revokeApiKey, async ({ principal, params: { id } }) => {
      await endApiKey(ports, principal, id)
      return { id }
    }),
  ]
}

/** /v1/session. */
export function createSessionRoutes({ control, clock }: AccessPorts): readonly Route[] {
  const sessions = createSessionBook(control, clock)
  return [
    defineRoute(showSession, ({ principal }) =>
      Promise.resolve({
        kind: principal.kind,
        name: principal.name,
        role: principal.kind === 'user' ? principal.role : null,
        permissions: permissionNames.filter((permission) => permits(principal, permission)),
        csrfToken: principal.kind === 'user' ? toCsrfToken(principal.session) : null,
        isProven: principal.kind !== 'user' || principal.isProven,
      }),
    ),
    defineRoute(endSession, async ({ principal }) => {
      if (principal.kind === 'user') await sessions.end(principal, 'signed_out')
      return { ended: principal.kind === 'user' }
    }),
  ]
}

/** /v1/approvals. */
export function createApprovalRoutes(ports: AccessPorts, cursors: Cursors): readonly Route[] {
  return [
    defineRoute(listApprovals, async ({ query: { limit = defaultLimit, cursor } }) => {
      const after = toRequestPlace(cursors.read('approvals', cursor))
      const found = await ports.control.approvalRequests({ limit: limit + 1, after })
      const { entries, nextCursor } = cursors.page('approvals', found, {
        limit,
        positionOf: positionOfRequest,
      })
      return { requests: entries, nextCursor }
    }),
    defineRoute(decideApproval, ({ principal, params: { id }, body }) =>
      decideRequest(ports, principal, { id, ...body }),
    ),
  ]
}

function toUserDocument({ id, name, role, state, identity, createdAt, createdBy }: User): UserDocument {
  return { id, name, role, state, signIn: identity ? 'provider' : 'password', createdAt, createdBy }
}

const toKeyDocument = (key: ApiKey): ApiKeyDocument => ({ ...key })
