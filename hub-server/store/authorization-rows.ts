import type { Kysely } from 'kysely'
import type { AuthorizationBook, AuthorizationTicket } from '../../core/port/authorization-book.ts'
import type { ControlTables } from './control-tables.ts'

/** Authorisations under way, in SQLite. */
export function createAuthorizationBook(kysely: Kysely<ControlTables>): AuthorizationBook {
  return {
    async createTicket({ ticket, connection, actor, userId, expiresAt }) {
      await kysely
        .insertInto('authorization_visit')
        .values({
          ticket,
          connection,
          actor,
          user_id: userId,
          expires_at: expiresAt,
          state: null,
          browser: null,
          verifier: null,
        })
        .execute()
    },
    async ticket(digest, now) {
      const row = await kysely
        .selectFrom('authorization_visit')
        .selectAll()
        .where('ticket', '=', digest)
        .where('state', 'is', null)
        .where('expires_at', '>', now)
        .executeTakeFirst()
      return row && toTicket(row)
    },
    async visit(digest, visit) {
      const { numUpdatedRows } = await kysely
        .updateTable('authorization_visit')
        .set({ ...visit })
        .where('ticket', '=', digest)
        .where('state', 'is', null)
        .executeTakeFirst()
      return numUpdatedRows === 1n
    },
    async takeVisit(state, now) {
      const row = await kysely
        .deleteFrom('authorization_visit')
        .where('state', '=', state)
        .returningAll()
        .executeTakeFirst()
      await kysely.deleteFrom('authorization_visit').where('expires_at', '<=', now).execute()
      if (!row || row.expires_at <= now || row.browser === null || row.verifier === null) return undefined
      return { ...toTicket(row), state, browser: row.browser, verifier: row.verifier }
    },
  }
}

const toTicket = (row: ControlTables['authorization_visit']): AuthorizationTicket => ({
  ticket: row.ticket,
  connection: row.connection,
  actor: row.actor,
  userId: row.user_id,
  expiresAt: row.expires_at,
})
