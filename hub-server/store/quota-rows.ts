import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { QuotaBook } from '../../core/port/quota-book.ts'
import type { ControlTables } from './control-tables.ts'

/** Shares of a quota: below the first it is low, and no longer so from the second on. */
const lowShare = 0.1
const enoughShare = 0.2

/** The quotas of the control store. */
export function createQuotaBook(kysely: Kysely<ControlTables>): QuotaBook {
  return {
    async noteQuota({ connection, budget, windowMs, left, of, at }) {
      const share = left / of
      const row = {
        connection,
        budget,
        window_ms: windowMs,
        remaining: left,
        quota: of,
        is_low: share < lowShare ? 1 : 0,
        told_at: at,
      }
      const stays = sql<number>`CASE WHEN ${share} < ${lowShare} OR (is_low = 1 AND ${share} < ${enoughShare}) THEN 1 ELSE 0 END`
      await kysely
        .insertInto('platform_quota')
        .values(row)
        .onConflict((conflict) =>
          conflict
            .columns(['connection', 'budget', 'window_ms'])
            .doUpdateSet({ remaining: left, quota: of, is_low: stays, told_at: at }),
        )
        .execute()
    },
    async quotas(now) {
      const rows = await kysely
        .selectFrom('platform_quota')
        .selectAll()
        .where(sql<boolean>`told_at + window_ms > ${now}`)
        .orderBy('connection')
        .orderBy('budget')
        .orderBy('window_ms')
        .execute()
      return rows.map(({ connection, budget, window_ms, remaining, quota, is_low, told_at }) => ({
        connection,
        budget,
        windowMs: window_ms,
        left: remaining,
        of: quota,
        isLow: is_low === 1,
        at: told_at,
      }))
    },
  }
}
