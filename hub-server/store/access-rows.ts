import type { Kysely, Selectable, Transaction } from 'kysely'
import { sql } from 'kysely'
import type {
  AccessLink,
  AccessStore,
  Identity,
  Session,
  SignInAttempt,
  User,
} from '../../core/port/access-store.ts'
import { appendEntry } from './audit-rows.ts'
import type { ControlTables, UserRow } from './control-tables.ts'
import { nameKey } from './name-key.ts'

/** Runs work in one transaction and brings the audit head after it. */
export type Commit = <Result>(
  work: (transaction: Transaction<ControlTables>) => Promise<Result>,
) => Promise<Result>

/** Users, sessions and links of the control store. */
export function createAccessStore(kysely: Kysely<ControlTables>, commit: Commit): AccessStore {
  return { ...users(kysely, commit), ...sessions(kysely, commit), ...links(kysely, commit) }
}

type Part<Name extends keyof AccessStore> = Pick<AccessStore, Name>

function users(
  kysely: Kysely<ControlTables>,
  commit: Commit,
): Part<'users' | 'user' | 'userByName' | 'userByIdentity' | 'passwordHash' | 'createUser' | 'changeUser'> {
  const find = kysely.selectFrom('user_account').selectAll()
  return {
    users: async () => (await find.orderBy('name').execute()).map(toUser),
    user: async (id) => toMaybeUser(await find.where('id', '=', id).executeTakeFirst()),
    userByName: async (name) =>
      toMaybeUser(await find.where('name_key', '=', nameKey(name)).executeTakeFirst()),
    userByIdentity: async ({ issuer, subject }) =>
      toMaybeUser(await find.where('issuer', '=', issuer).where('subject', '=', subject).executeTakeFirst()),
    async passwordHash(userId) {
      const row = await find.where('id', '=', userId).executeTakeFirst()
      return row?.password ?? undefined
    },
    createUser: (user, { fact, password, link }) =>
      commit(async (transaction) => {
        const taken = transaction.selectFrom('user_account').where('name_key', '=', nameKey(user.name))
        if (await taken.select('id').executeTakeFirst()) return false
        if (user.identity && (await findIdentity(transaction, user.identity))) return false
        if (link !== undefined && !(await useLink(transaction, link, fact.at))) return false
        const row = { ...toUserRow(user), password: password ?? null }
        await transaction.insertInto('user_account').values(row).execute()
        await appendEntry(transaction, fact)
        return true
      }),
    changeUser: (id, change, { fact, link }) =>
      commit(async (transaction) => {
        if (link !== undefined && !(await useLink(transaction, link, fact.at))) return false
        await transaction.updateTable('user_account').set(change).where('id', '=', id).execute()
        await transaction.deleteFrom('session').where('user_id', '=', id).execute()
        await appendEntry(transaction, fact)
        return true
      }),
  }
}

function findIdentity(
  database: Kysely<ControlTables>,
  { issuer, subject }: Identity,
): Promise<Selectable<UserRow> | undefined> {
  return database
    .selectFrom('user_account')
    .selectAll()
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst()
}

async function useLink(
  transaction: Transaction<ControlTables>,
  digest: string,
  now: number,
): Promise<boolean> {
  const { numDeletedRows } = await transaction
    .deleteFrom('access_link')
    .where('digest', '=', digest)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return numDeletedRows === 1n
}

function sessions(
  kysely: Kysely<ControlTables>,
  commit: Commit,
): Part<'createSession' | 'session' | 'sessionsOf' | 'touchSession' | 'endSession'> {
  return {
    createSession: (session, fact) =>
      commit(async (transaction) => {
        await transaction.insertInto('session').values(toSessionRow(session)).execute()
        await appendEntry(transaction, fact)
      }),
    async session(digest) {
      const row = await kysely
        .selectFrom('session')
        .selectAll()
        .where('digest', '=', digest)
        .executeTakeFirst()
      return row && toSession(row)
    },
    async sessionsOf(userId) {
      const found = kysely.selectFrom('session').selectAll().where('user_id', '=', userId)
      return (await found.orderBy('used_at', 'desc').orderBy('digest').execute()).map(toSession)
    },
    async touchSession(digest, usedAt) {
      await kysely.updateTable('session').set({ used_at: usedAt }).where('digest', '=', digest).execute()
    },
    endSession: (digest, fact) =>
      commit(async (transaction) => {
        const { numDeletedRows } = await transaction
          .deleteFrom('session')
          .where('digest', '=', digest)
          .executeTakeFirst()
        if (numDeletedRows === 1n) await appendEntry(transaction, fact)
        return numDeletedRows === 1n
      }),
  }
}

function links(
  kysely: Kysely<ControlTables>,
  commit: Commit,
): Part<'createLink' | 'link' | 'createAttempt' | 'takeAttempt'> {
  return {
    createLink: (link, fact) =>
      commit(async (transaction) => {
        // A new link takes the place of the one before it: one that went astray opens nothing any more.
        await transaction
          .deleteFrom('access_link')
          .where(sql<boolean>`user_id IS ${link.userId}`)
          .execute()
        await transaction.insertInto('access_link').values(toLinkRow(link)).execute()
        await appendEntry(transaction, fact)
      }),
    async link(digest, now) {
      const row = await kysely
        .selectFrom('access_link')
        .selectAll()
        .where('digest', '=', digest)
        .where('expires_at', '>', now)
        .executeTakeFirst()
      if (!row) return undefined
      const { user_id: userId, created_at: createdAt, created_by: createdBy, expires_at: expiresAt } = row
      return { digest, userId, createdAt, createdBy, expiresAt }
    },
    async createAttempt(attempt) {
      await kysely.insertInto('sign_in_attempt').values(toAttemptRow(attempt)).execute()
    },
    async takeAttempt(digest, now) {
      const row = await kysely
        .deleteFrom('sign_in_attempt')
        .where('digest', '=', digest)
        .returningAll()
        .executeTakeFirst()
      await kysely.deleteFrom('sign_in_attempt').where('expires_at', '<=', now).execute()
      if (!row || row.expires_at <= now) return undefined
      const { browser, nonce, verifier, return_to: returnTo, expires_at: expiresAt, proves } = row
      return { digest, browser, nonce, verifier, returnTo, expiresAt, proves }
    },
  }
}

const toMaybeUser = (row: Selectable<UserRow> | undefined): User | undefined => row && toUser(row)

function toUser(row: Selectable<UserRow>): User {
  const { id, name, email, role, state, issuer, subject } = row
  const identity = issuer === null || subject === null ? null : { issuer, subject }
  return { id, name, email, role, state, identity, createdAt: row.created_at, createdBy: row.created_by }
}

function toUserRow({ identity, createdAt, createdBy, ...user }: User): Omit<UserRow, 'password'> {
  return {
    ...user,
    name_key: nameKey(user.name),
    issuer: identity?.issuer ?? null,
    subject: identity?.subject ?? null,
    created_at: createdAt,
    created_by: createdBy,
  }
}

const toSessionRow = (session: Session): ControlTables['session'] => ({
  digest: session.digest,
  user_id: session.userId,
  user_agent: session.userAgent,
  created_at: session.createdAt,
  used_at: session.usedAt,
  proven_at: session.provenAt,
  browser: session.browser,
  network: session.network,
})

const toSession = (row: Selectable<ControlTables['session']>): Session => ({
  digest: row.digest,
  userId: row.user_id,
  userAgent: row.user_agent,
  createdAt: row.created_at,
  usedAt: row.used_at,
  provenAt: row.proven_at,
  browser: row.browser,
  network: row.network,
})

const toLinkRow = (link: AccessLink): ControlTables['access_link'] => ({
  digest: link.digest,
  user_id: link.userId,
  created_at: link.createdAt,
  created_by: link.createdBy,
  expires_at: link.expiresAt,
})

const toAttemptRow = (attempt: SignInAttempt): ControlTables['sign_in_attempt'] => ({
  digest: attempt.digest,
  browser: attempt.browser,
  nonce: attempt.nonce,
  verifier: attempt.verifier,
  return_to: attempt.returnTo,
  expires_at: attempt.expiresAt,
  proves: attempt.proves,
})
