import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { ManifestChange } from '../../core/port/control-store.ts'
import { digestChanges } from '../access/digest-manifests.ts'
import type { PlanDocument } from '../api/contract/plan.ts'

const savedPlanSchema = z.object({ digest: z.string() })

/** A plan as a document: for programs, and to be saved. It holds examples of rows, so a saved plan is personal data. */
export function toPlanDocument({
  changes,
  syncs,
  enrichments,
  findings,
}: PlanDocument): Readonly<Record<string, unknown>> {
  return {
    digest: digestChanges(changes),
    manifests: changes.map(({ operation, kind, name }) => ({ operation, kind, name })),
    enrichments: enrichments.map((coverage) => ({
      enrichment: coverage.enrichment,
      rows: coverage.rows,
      skipped_rows: coverage.skippedRows,
      unusable_values: coverage.unusableValues,
      profiles_with_key: coverage.profilesWithKey,
      profiles_matched: coverage.profilesMatched,
      error: coverage.error?.code ?? null,
    })),
    quality: findings,
    syncs: syncs.map(({ sync, plan, samples, batches, finding, tooFewFor, verdict }) => ({
      sync,
      members: plan.members,
      adds: plan.adds,
      updates: plan.updates,
      removes: plan.removes,
      unchanged: plan.unchanged,
      still_rejected: plan.stillRejected,
      withheld: plan.withheld,
      batches,
      digest: plan.digest,
      samples: samples.map(({ operation, fields }) => ({ operation, fields })),
      guard: finding?.code ?? null,
      minimum_size_missed: tooFewFor ?? null,
      ...(verdict && {
        platform: 'error' in verdict ? { error: verdict.error.code, params: verdict.error.params } : verdict,
      }),
    })),
  }
}

/** Refuses when the world has moved since the plan was saved. Throws `run.plan_changed`, or `usage.wrong` when it is no plan. */
export async function checkSavedPlan(file: string, changes: readonly ManifestChange[]): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const parsed = savedPlanSchema.safeParse(parseJson(text))
  if (!parsed.success)
    throw new AffluentError('usage.wrong', {
      act: `affluent apply ${file}`,
      expected: 'affluent plan --out FILE',
    })
  if (parsed.data.digest !== digestChanges(changes))
    throw new AffluentError('run.plan_changed', { act: `affluent apply ${file}` })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
