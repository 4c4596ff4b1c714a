import type { Run } from '../../core/sync/run.ts'
import type { Translator } from '../locales/translate.ts'
import type { RunDocument } from './contract/run.ts'

/** A run as the API shows it. */
export function toRunDocument(run: Run, translator: Translator): RunDocument {
  return {
    id: run.id,
    sync: run.sync,
    kind: run.kind,
    state: run.state,
    started_at: toInstant(run.startedAt),
    finished_at: run.finishedAt === null ? null : toInstant(run.finishedAt),
    as_of: toInstant(run.asOf),
    counters: run.counters,
    plan_digest: run.planDigest,
    approved_by: run.approvedBy,
    error: run.error && { code: run.error.code, ...translator.error(run.error) },
  }
}

const toInstant = (epochMs: number): string => new Date(epochMs).toISOString()
