import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { AlertBook } from '../../core/port/alert-book.ts'
import type { ConnectionFactsBook } from '../../core/port/connection-facts.ts'
import type { ScheduleBook } from '../../core/port/schedule-book.ts'
import type { ControlTables } from './control-tables.ts'

const params = z.record(z.string(), z.union([z.string(), z.number()]))
const change = z.enum(['raised', 'recovered'])

/** Alerts and what is to be told of them. */
export function createAlertBook(kysely: Kysely<ControlTables>): AlertBook {
  return {
    async alerts() {
      const rows = await kysely.selectFrom('alert').selectAll().orderBy('subject').execute()
      return rows.map((row) => ({ ...row, params: params.parse(JSON.parse(row.params)) }))
    },
    changeAlerts: (news) => changeAlerts(kysely, news),
    async dueNotices(now, limit) {
      const rows = await kysely
        .selectFrom('alert_notice')
        .selectAll()
        .where('told_at', 'is', null)
        .where('next_at', '<=', now)
        .orderBy('number')
        .limit(limit)
        .execute()
      return rows.map(({ number, subject, code, at, place, attempts, ...row }) => ({
        number,
        subject,
        code,
        at,
        place,
        attempts,
        params: params.parse(JSON.parse(row.params)),
        change: change.parse(row.change),
      }))
    },
    async settleNotice(number, at) {
      await kysely.updateTable('alert_notice').set({ told_at: at }).where('number', '=', number).execute()
    },
    async postponeNotice(number, nextAt) {
      const postponed = nextAt === undefined ? { told_at: 0 } : { next_at: nextAt }
      await kysely
        .updateTable('alert_notice')
        .set((set) => ({ ...postponed, attempts: set('attempts', '+', 1) }))
        .where('number', '=', number)
        .execute()
    },
  }
}

type News = Parameters<AlertBook['changeAlerts']>[0]

async function changeAlerts(
  kysely: Kysely<ControlTables>,
  { raised, recovered, places, at }: News,
): Promise<void> {
  await kysely.transaction().execute(async (transaction) => {
    for (const { subject } of recovered)
      await transaction.deleteFrom('alert').where('subject', '=', subject).execute()
    for (const { subject, code, params: told } of raised) {
      const row = { code, params: JSON.stringify(told), since: at }
      await transaction
        .insertInto('alert')
        .values({ subject, ...row })
        .onConflict((conflict) => conflict.column('subject').doUpdateSet(row))
        .execute()
    }
    for (const notice of toNotices({ raised, recovered, places, at }))
      await transaction.insertInto('alert_notice').values(notice).execute()
  })
}

/** One message for each change and place. */
function toNotices({ raised, recovered, places, at }: News) {
  const changes = [
    ...recovered.map((alert) => ({ alert, what: 'recovered' })),
    ...raised.map((alert) => ({ alert, what: 'raised' })),
  ]
  return changes.flatMap(({ alert: { subject, code, params: told }, what }) =>
    places.map((place) => ({
      subject,
      code,
      params: JSON.stringify(told),
      change: what,
      at,
      place,
      next_at: at,
    })),
  )
}

/** Where schedules stand. */
export function createScheduleBook(kysely: Kysely<ControlTables>): ScheduleBook {
  return {
    async schedules() {
      const rows = await kysely.selectFrom('schedule').selectAll().orderBy('sync').execute()
      return rows.map(({ sync, rule, due_at, begun_at }) => ({
        sync,
        rule,
        dueAt: due_at,
        begunAt: begun_at,
      }))
    },
    async writeSchedule({ sync, rule, dueAt, begunAt }) {
      const row = { rule, due_at: dueAt, begun_at: begunAt }
      await kysely
        .insertInto('schedule')
        .values({ sync, ...row })
        .onConflict((conflict) => conflict.column('sync').doUpdateSet(row))
        .execute()
    },
  }
}

/** What is known of a connection beside its runs. */
export function createConnectionFactsBook(kysely: Kysely<ControlTables>): ConnectionFactsBook {
  return {
    async connectionFacts(connection) {
      const grant = await kysely
        .selectFrom('platform_grant')
        .select(['written_at', 'sealed'])
        .where('connection', '=', connection)
        .executeTakeFirst()
      const manifest = await kysely
        .selectFrom('manifest_revision')
        .select('actor')
        .where('kind', '=', 'connection')
        .where('name', '=', connection)
        .orderBy('revision', 'desc')
        .executeTakeFirst()
      return {
        accessSince: grant && grant.sealed !== null ? grant.written_at : null,
        owner: manifest?.actor ?? null,
      }
    },
  }
}
