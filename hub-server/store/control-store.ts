import type { DatabaseSync } from 'node:sqlite'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import { createAccessStore, type Commit } from './access-rows.ts'
import { createAlertBook, createConnectionFactsBook, createScheduleBook } from './alert-rows.ts'
import { createApiKeyRows } from './api-key-rows.ts'
import { createApprovalRows, useApproval } from './approval-rows.ts'
import type { AuditHeadFile } from './audit-head.ts'
import { appendEntry, readChainHead, readEntries } from './audit-rows.ts'
import { createAuthorizationBook } from './authorization-rows.ts'
import type { ControlTables } from './control-tables.ts'
import { createErasureBook } from './erasure-rows.ts'
import { createGrants } from './grant-rows.ts'
import { createInbox } from './inbox-rows.ts'
import { applyChange, createManifestReader } from './manifest-rows.ts'
import { createQuotaBook } from './quota-rows.ts'
import { createRequestRows } from './request-rows.ts'
import { changeRun, readRun, readRuns, toRunRow } from './run-rows.ts'
import { createSecretRows } from './secret-rows.ts'
import { createUsedCalls } from './used-call-rows.ts'
import { createWriteKeys } from './write-key-rows.ts'

export interface ControlStoreParts {
  readonly kysely: Kysely<ControlTables>
  readonly clock: Clock
  readonly database: DatabaseSync
  /** Undefined for a store in memory. */
  readonly headFile: AuditHeadFile | undefined
}

type Part<Name extends keyof ControlStore> = Pick<ControlStore, Name>

/** Puts the control store together out of an open, migrated database. */
export function createControlStore(parts: ControlStoreParts): ControlStore {
  const { kysely, database } = parts
  const commit = createCommit(parts)
  return {
    ...audited(commit),
    ...createAccessStore(kysely, commit),
    ...createApiKeyRows(kysely, commit),
    ...createApprovalRows(kysely, commit),
    ...positions(parts),
    ...batches(kysely),
    ...settings(kysely),
    ...createGrants(kysely, parts.clock),
    ...createInbox(kysely, parts.clock),
    ...createAlertBook(kysely),
    ...createScheduleBook(kysely),
    ...createConnectionFactsBook(kysely),
    ...createErasureBook(kysely, database),
    ...createWriteKeys(kysely),
    ...createSecretRows(kysely),
    ...createAuthorizationBook(kysely),
    ...createRequestRows(kysely),
    ...createUsedCalls(kysely),
    ...createQuotaBook(kysely),
    appliedManifests: createManifestReader(kysely),
    updateRun: (id, change) => changeRun(kysely, id, change),
    run: (id) => readRun(kysely, id),
    runs: (filter = {}) => readRuns(kysely, filter),
    auditHead: () => readChainHead(kysely),
    auditEntries: (range = {}) => readEntries(kysely, range),
    async close() {
      // Kysely closes the database only when it has used it.
      await kysely.destroy()
      if (database.isOpen) database.close()
    },
  }
}

/** The head file follows the commit: after a crash it may be behind the store, never ahead of it. */
function createCommit({ kysely, headFile }: ControlStoreParts): Commit {
  return async (work) => {
    const result = await kysely.transaction().execute(work)
    headFile?.write(await readChainHead(kysely))
    return result
  }
}

function audited(commit: Commit): Part<'applyManifests' | 'createRun' | 'appendAudit'> {
  return {
    applyManifests: (changes, fact, approval) =>
      commit(async (transaction) => {
        if (approval && !(await useApproval(transaction, approval)))
          throw new AffluentError('api.precondition_failed')
        for (const change of changes) await applyChange(transaction, change, fact)
      }),
    createRun: (run, fact) =>
      commit(async (transaction) => {
        await transaction.insertInto('run').values(toRunRow(run)).execute()
        await appendEntry(transaction, fact)
      }),
    appendAudit: (fact) => commit((transaction) => appendEntry(transaction, fact)),
  }
}

function positions({
  kysely,
  clock,
}: ControlStoreParts): Part<'checkpoint' | 'writeCheckpoint' | 'audience' | 'writeAudience'> {
  return {
    async checkpoint(sync) {
      const row = await kysely
        .selectFrom('checkpoint')
        .select('cursor')
        .where('sync', '=', sync)
        .executeTakeFirst()
      return row && z.json().parse(JSON.parse(row.cursor))
    },
    async writeCheckpoint(sync, cursor) {
      const written = { cursor: JSON.stringify(cursor), written_at: clock.now() }
      await kysely
        .insertInto('checkpoint')
        .values({ sync, ...written })
        .onConflict((conflict) => conflict.column('sync').doUpdateSet(written))
        .execute()
    },
    async audience(sync) {
      const row = await kysely.selectFrom('audience').selectAll().where('sync', '=', sync).executeTakeFirst()
      if (!row) return undefined
      return { externalId: row.external_id, name: row.name, ...(row.url !== null && { url: row.url }) }
    },
    async writeAudience(sync, { externalId, name, url }) {
      const written = { external_id: externalId, name, url: url ?? null, written_at: clock.now() }
      await kysely
        .insertInto('audience')
        .values({ sync, ...written })
        .onConflict((conflict) => conflict.column('sync').doUpdateSet(written))
        .execute()
    },
  }
}

function batches(kysely: Kysely<ControlTables>): Part<'createBatches' | 'batches' | 'moveBatch'> {
  return {
    async createBatches(created) {
      await kysely.transaction().execute(async (transaction) => {
        for (const { runId, index, operation, size, digest, state, attempts } of created)
          await transaction
            .insertInto('batch')
            .values({ run_id: runId, position: index, operation, size, digest, state, attempts })
            .execute()
      })
    },
    async batches(runId) {
      const rows = await kysely
        .selectFrom('batch')
        .selectAll()
        .where('run_id', '=', runId)
        .orderBy('position')
        .execute()
      return rows.map(({ run_id, position, ...rest }) => ({ runId: run_id, index: position, ...rest }))
    },
    async moveBatch(runId, index, state) {
      const { numUpdatedRows } = await kysely
        .updateTable('batch')
        .set((set) => ({
          state,
          attempts: state === 'sending' ? set('attempts', '+', 1) : set.ref('attempts'),
        }))
        .where('run_id', '=', runId)
        .where('position', '=', index)
        .executeTakeFirst()
      if (numUpdatedRows !== 1n)
        throw new AffluentError('internal.unexpected', { act: 'moving a batch that is not in the store' })
    },
  }
}

function settings(kysely: Kysely<ControlTables>): Part<'setting' | 'writeSetting'> {
  return {
    async setting(name) {
      const row = await kysely
        .selectFrom('setting')
        .select('value')
        .where('name', '=', name)
        .executeTakeFirst()
      return row?.value
    },
    async writeSetting(name, value) {
      await kysely
        .insertInto('setting')
        .values({ name, value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
        .execute()
    },
  }
}
