import type { Kysely, Transaction } from 'kysely'
import { z } from 'zod'
import type { AuditFact } from '../../core/audit/audit-entry.ts'
import type { AppliedManifest, ManifestChange } from '../../core/port/control-store.ts'
import type { JsonObject } from '../../core/port/json.ts'
import { appendEntry } from './audit-rows.ts'
import type { ControlTables } from './control-tables.ts'

const documentSchema: z.ZodType<JsonObject> = z.record(z.string(), z.json())

/**
 * Gives the manifests in force, and the same list until one is written: revisions are only ever added, so their number tells whether any was,
 * whichever process wrote it.
 */
export function createManifestReader(
  database: Kysely<ControlTables>,
): () => Promise<readonly AppliedManifest[]> {
  let known: { readonly revisions: number; readonly manifests: readonly AppliedManifest[] } | undefined
  return async () => {
    // Before the list: one that is written meanwhile has it read again.
    const { revisions } = await database
      .selectFrom('manifest_revision')
      .select(({ fn }) => fn.countAll<number>().as('revisions'))
      .executeTakeFirstOrThrow()
    if (known?.revisions !== revisions) known = { revisions, manifests: await readAppliedManifests(database) }
    return known.manifests
  }
}

/** The highest revision of each manifest that is not a deletion, ordered by kind and name. */
async function readAppliedManifests(database: Kysely<ControlTables>): Promise<AppliedManifest[]> {
  const rows = await database
    .selectFrom('manifest_revision as latest')
    .selectAll('latest')
    .where('latest.operation', '!=', 'delete')
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('manifest_revision as later')
            .select('later.revision')
            .whereRef('later.kind', '=', 'latest.kind')
            .whereRef('later.name', '=', 'latest.name')
            .whereRef('later.revision', '>', 'latest.revision'),
        ),
      ),
    )
    .orderBy('latest.kind')
    .orderBy('latest.name')
    .execute()
  return rows.map(({ kind, name, revision, digest, document }) => ({
    kind,
    name,
    revision,
    digest,
    document: documentSchema.parse(JSON.parse(document ?? '')),
  }))
}

/** Writes one change as a new revision, and its audit entry. */
export async function applyChange(
  transaction: Transaction<ControlTables>,
  change: ManifestChange,
  fact: Pick<AuditFact, 'at' | 'actor'>,
): Promise<void> {
  const previous = await transaction
    .selectFrom('manifest_revision')
    .select(['revision', 'digest'])
    .where('kind', '=', change.kind)
    .where('name', '=', change.name)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst()
  const revision = (previous?.revision ?? 0) + 1
  await transaction
    .insertInto('manifest_revision')
    .values({
      kind: change.kind,
      name: change.name,
      revision,
      operation: change.operation,
      digest: change.digest,
      document: change.document && JSON.stringify(change.document),
      applied_at: fact.at,
      actor: fact.actor,
    })
    .execute()
  await appendEntry(transaction, {
    ...fact,
    action: change.operation === 'delete' ? 'manifest_deleted' : 'manifest_applied',
    object: `${change.kind}/${change.name}`,
    details: {
      operation: change.operation,
      revision,
      digest: change.digest,
      before: previous?.digest ?? null,
    },
  })
}
