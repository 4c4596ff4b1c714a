import type { ChangeSignal } from '../connector/signal.ts'
import type { Workspace } from '../manifest/manifest.ts'
import { isPicked } from '../manifest/picked-segment.ts'

/** Why an order to pick somebody cannot be carried out; undefined: it can, or the signal is none. Shown to whoever runs the workflow. */
export function refusePick(
  { segments }: Pick<Workspace, 'segments'>,
  { kind, segment = '' }: ChangeSignal,
): string | undefined {
  if (kind !== 'picked' && kind !== 'dropped') return undefined
  const manifest = segments.get(segment)
  if (!manifest) return 'the hub has no segment of this name'
  return isPicked(manifest) ? undefined : 'the segment is not picked by hand'
}
