import type { DatabaseSync } from 'node:sqlite'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { initialMigration } from './migrations/0001-initial.ts'
import { grantsMigration } from './migrations/0002-grants.ts'
import { inboxMigration } from './migrations/0003-inbox.ts'
import { manifestKindsMigration } from './migrations/0004-manifest-kinds.ts'
import { erasuresMigration } from './migrations/0005-erasures.ts'
import { writeKeysMigration } from './migrations/0006-write-keys.ts'
import { accessMigration } from './migrations/0007-access.ts'
import { requestsMigration } from './migrations/0008-requests.ts'
import { dataKeysMigration } from './migrations/0009-data-keys.ts'
import { authorizationsMigration } from './migrations/0010-authorizations.ts'
import { alertsMigration } from './migrations/0011-alerts-and-schedules.ts'
import { usedCallsMigration } from './migrations/0013-used-calls.ts'
import { sessionProofsMigration } from './migrations/0017-session-proofs.ts'
import { platformQuotasMigration } from './migrations/0018-platform-quotas.ts'
import { sessionPlacesMigration } from './migrations/0019-session-places.ts'

/** Statements of each migration; the one at place n brings the schema to version n + 1. Only ever appended to. */
const migrations: readonly (readonly string[])[] = [
  initialMigration,
  grantsMigration,
  inboxMigration,
  manifestKindsMigration,
  erasuresMigration,
  writeKeysMigration,
  accessMigration,
  requestsMigration,
  dataKeysMigration,
  usedCallsMigration,
  alertsMigration,
  authorizationsMigration,
  sessionProofsMigration,
  platformQuotasMigration,
  sessionPlacesMigration,
]

/** Version of the schema this program reads and writes. */
export const schemaVersion: number = migrations.length

/**
 * Brings the schema to the newest version, one transaction per migration: a process that dies in between leaves the old or the
 * new version, never a mixture. Throws `store.newer_schema`, before anything is touched, when a newer program wrote the store.
 */
export function migrate(database: DatabaseSync, file: string): void {
  const found = readSchemaVersion(database)
  if (found > schemaVersion)
    throw new AffluentError('store.newer_schema', {
      act: 'opening the control store',
      file,
      found,
      known: schemaVersion,
    })
  for (const [place, statements] of migrations.entries())
    if (place >= found) apply(database, statements, place + 1)
}

/** Version of the schema in the file; 0 for a new one. */
function readSchemaVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0)
}

function apply(database: DatabaseSync, statements: readonly string[], version: number): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    // Another process that opened the store at the same moment may have been here first.
    const isDone = readSchemaVersion(database) >= version
    if (!isDone) for (const statement of statements) database.exec(statement)
    // The version is part of the file's header, so it commits or rolls back with the tables.
    if (!isDone) database.exec(`PRAGMA user_version = ${version}`)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
