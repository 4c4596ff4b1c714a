import type { Clock } from '../../core/port/clock.ts'
import type { Logger } from '../../core/port/logger.ts'
import { readPersonCard } from '../cards/person-card.ts'
import { ofCurrent, type CurrentWorkspace } from '../current-workspace.ts'
import type { BesideMount } from '../http/create-app.ts'
import { canvasMount } from './canvas-routes.ts'
import { createShowPerson } from './show-person.ts'

/** The pages that platforms show, for the workspace in force; none for a hub without a public address, which no platform can call. */
export function openPersonPages(
  current: Pick<CurrentWorkspace, 'open'>,
  {
    publicUrl,
    clock,
    logger,
  }: { readonly publicUrl: string | undefined; readonly clock: Clock; readonly logger: Logger },
): readonly BesideMount[] {
  if (publicUrl === undefined) return []
  const show = ofCurrent(current, (open) =>
    createShowPerson({
      manifests: open.workspace.connections,
      connect: open.connect,
      control: open.control,
      readCard: (subject, translator) => readPersonCard(open, subject, translator),
      clock,
      logger,
    }),
  )
  return [canvasMount({ publicUrl, show: (connection, message) => show()(connection, message) })]
}
