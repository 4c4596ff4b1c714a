import { isDeliverSync, type Workspace } from '../manifest/manifest.ts'
import type { HygieneWarning } from './hygiene.ts'
import { splitSalt } from './split-shares.ts'

/** What the manifests alone show: syncs that go past a priority list or a holdout, and splits that draw alike. */
export function judgeManifests(
  workspace: Pick<Workspace, 'priorityLists' | 'splits' | 'syncs'>,
): readonly HygieneWarning[] {
  const syncs = [...workspace.syncs.values()].filter((sync) => isDeliverSync(sync))
  const passing = syncs.flatMap(({ name: sync, segment }): HygieneWarning[] => [
    ...[...workspace.priorityLists.values()]
      .filter(({ segments }) => segments.includes(segment))
      .map((list) => ({ code: 'passes_list' as const, segment, sync, by: list.name })),
    ...[...workspace.splits.values()]
      .filter((split) => split.holdout !== undefined && split.segment === segment)
      .map((split) => ({ code: 'passes_holdout' as const, segment, sync, by: split.name })),
  ])
  return [...passing, ...sameSalts(workspace)]
}

/** Two splits of one salt put the same people into their first arms. */
function sameSalts({ splits }: Pick<Workspace, 'splits'>): HygieneWarning[] {
  const first = new Map<string, string>()
  return [...splits.values()].flatMap((split): HygieneWarning[] => {
    const salt = splitSalt(split)
    const other = first.get(salt)
    if (other !== undefined) return [{ code: 'same_salt', split: split.name, other, salt }]
    first.set(salt, split.name)
    return []
  })
}
