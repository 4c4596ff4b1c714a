import type { Clock } from '../../core/port/clock.ts'
import type { Logger } from '../../core/port/logger.ts'
import { readPersonCard } from '../cards/person-card.ts'
import type { BesideMount } from '../http/create-app.ts'
import type { OpenWorkspace } from '../hub.ts'
import { canvasMount } from './canvas-routes.ts'
import { createShowPerson } from './show-person.ts'

/** The pages that platforms show, for an open workspace; none for a hub without a public address, which no platform can call. */
export function openPersonPages(
  open: OpenWorkspace,
  {
    publicUrl,
    clock,
    logger,
  }: { readonly publicUrl: string | undefined; readonly clock: Clock; readonly logger: Logger },
): readonly BesideMount[] {
  if (publicUrl === undefined) return []
  const show = createShowPerson({
    manifests: open.workspace.connections,
    connect: open.connect,
    control: open.control,
    readCard: (subject, translator) => readPersonCard(open, subject, translator),
    clock,
    logger,
  })
  return [canvasMount({ publicUrl, show })]
}
