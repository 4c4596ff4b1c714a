import { relearnQuality, reportQuality } from '../api/contract/quality.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import { isNamed, reportQuality as report } from '../warehouse/quality/quality-report.ts'
import { forgetJudgements } from '../warehouse/quality/quality-stage.ts'
import { createStageLock } from '../worker/stage-lock.ts'
import { checkSourceName } from './check-source-name.ts'
import type { HubDesk } from './hub-desk.ts'

/** The routes under /v1/quality. */
export function createQualityRoutes({ hub, open, clock }: HubDesk): readonly Route[] {
  const { duckdb, control } = hub
  // A report keeps what it counts in tables of its session: one at a time.
  const lock = createStageLock()
  return [
    defineRoute(reportQuality, async ({ query: { source } }) => {
      const act = 'affluent quality report'
      const { workspace } = await open(act)
      checkSourceName(workspace, source, act)
      return { sources: await lock.exclusive(() => report({ duckdb, clock, workspace, source })) }
    }),
    defineRoute(relearnQuality, async ({ body: { source }, actor }) => {
      const act = 'affluent quality relearn'
      const { workspace } = await open(act)
      checkSourceName(workspace, source, act)
      const judged = [...workspace.quality.values()].filter((manifest) => isNamed(manifest, source))
      await duckdb.transaction(async () => {
        for (const manifest of judged) await forgetJudgements(duckdb, manifest)
      })
      const sources = judged.map(({ connection, stream }) => ({ connection, stream }))
      const fact = { at: clock.now(), actor, action: 'quality_relearned', object: source ?? 'all' }
      if (sources.length > 0) await control.appendAudit({ ...fact, details: { sources: sources.length } })
      return { sources }
    }),
  ]
}
