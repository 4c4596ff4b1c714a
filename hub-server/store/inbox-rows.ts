import { sql, type Kysely, type RawBuilder } from 'kysely'
import { z } from 'zod'
import type { ChangeSignal } from '../../core/connector/signal.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { Inbox, SignalState, ToldSignal } from '../../core/port/inbox.ts'
import type { ControlTables } from './control-tables.ts'
import { sha256 } from './sha256.ts'

/** A kept signal as its row has it. */
export const signalSchema: z.ZodType<ChangeSignal> = z.object({
  id: z.string(),
  kind: z.enum([
    'changed',
    'deleted',
    'merged',
    'erased',
    'member_added',
    'member_removed',
    'opted_out',
    'uninstalled',
    'picked',
    'dropped',
  ]),
  stream: z.string().exactOptional(),
  externalId: z.string().exactOptional(),
  mergedIds: z.array(z.string()).exactOptional(),
  audienceId: z.string().exactOptional(),
  segment: z.string().exactOptional(),
  fields: z.array(z.string()).exactOptional(),
  occurredAt: z.number(),
})

/** Rows that one statement deletes: it holds the only writer for some milliseconds. */
const forgottenAtOnce = 10_000

/** The inbox in SQLite. Any number of rows is one statement, so a commit costs one flush however many signals it holds. */
export function createInbox(kysely: Kysely<ControlTables>, clock: Clock): Inbox {
  return {
    async keepSignals(signals) {
      const { rows } = await insertTold(signals, clock.now()).execute(kysely)
      const repeated = rows.filter(({ told }) => told > 1)
      return {
        fresh: rows.length - repeated.length,
        repeated: repeated.length,
        differing: repeated.filter(({ differing }) => differing > 0).length,
      }
    },
    async waitingSignals(limit) {
      const rows = await kysely
        .selectFrom('inbox')
        .select(['number', 'connection', 'content', 'trace', 'received_at'])
        .where('state', '=', literal('waiting'))
        .orderBy('number')
        .limit(limit)
        .execute()
      return rows.map(({ number, connection, content, trace, received_at: receivedAt }) => ({
        number,
        connection,
        receivedAt,
        ...(trace !== null && { trace }),
        signal: signalSchema.parse(JSON.parse(content)),
      }))
    },
    async settleSignals(numbers) {
      await sql`
        UPDATE inbox SET
          state = CASE kind WHEN 'erased' THEN 'erase_wanted' ELSE 'handled' END,
          settled_at = ${clock.now()}
        WHERE state = 'waiting' AND number IN (SELECT value FROM json_each(${JSON.stringify(numbers)}))
      `.execute(kysely)
    },
    async forgetSignals(before) {
      let forgotten = 0
      for (;;) {
        const { numDeletedRows } = await deleteHandled(kysely, before)
        forgotten += Number(numDeletedRows)
        if (numDeletedRows < BigInt(forgottenAtOnce)) return forgotten
      }
    },
    codeOf,
    async signalState(code) {
      const row = await kysely.selectFrom('inbox').select('state').where('code', '=', code).executeTakeFirst()
      return row?.state
    },
  }
}

/** A digest, so that ids of any length and alphabet make one short key, and nobody guesses the code of another person's request. */
const codeOf = ({ connection, signal }: ToldSignal): string =>
  sha256(JSON.stringify([connection, signal.id])).slice(0, 32)

/** In the text of the statement, not bound: SQLite chooses a partial index only when it can see that it fits. */
const literal = (state: SignalState): RawBuilder<SignalState> => sql.lit(state)

function insertTold(
  signals: readonly ToldSignal[],
  receivedAt: number,
): RawBuilder<{ told: number; differing: number }> {
  const told = signals.map(({ connection, signal, trace }) => ({
    code: codeOf({ connection, signal }),
    connection,
    kind: signal.kind,
    content: JSON.stringify(signal),
    trace: trace ?? null,
  }))
  // "WHERE true" tells the parser that "ON" begins no join (https://www.sqlite.org/lang_upsert.html, section 2.2).
  return sql`
    INSERT INTO inbox (code, connection, kind, content, state, told, differing, received_at, trace)
    SELECT value ->> 'code', value ->> 'connection', value ->> 'kind', value ->> 'content', 'waiting', 1, 0, ${receivedAt}, value ->> 'trace'
    FROM json_each(${JSON.stringify(told)}) WHERE true
    ON CONFLICT (code) DO UPDATE SET
      told = told + 1,
      differing = differing + (content <> excluded.content)
    RETURNING told, differing
  `
}

function deleteHandled(
  kysely: Kysely<ControlTables>,
  before: number,
): Promise<{ readonly numDeletedRows: bigint }> {
  return kysely
    .deleteFrom('inbox')
    .where('number', 'in', (old) =>
      old
        .selectFrom('inbox')
        .select('number')
        .where('state', '=', literal('handled'))
        .where('settled_at', '<', before)
        .limit(forgottenAtOnce),
    )
    .executeTakeFirst()
}
