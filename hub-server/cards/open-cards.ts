import type { BesideMount } from '../http/create-app.ts'
import type { OpenWorkspace } from '../hub.ts'
import { createAnswerCard } from './answer-card.ts'
import { cardMount } from './card-routes.ts'
import { readPersonCard } from './person-card.ts'

/** The cards of a workspace's connections; none where the hub has no public address. */
export function openCards(open: OpenWorkspace, publicUrl: string | undefined): readonly BesideMount[] {
  if (publicUrl === undefined) return []
  const { workspace, connect, control, clock, logger } = open
  const answer = createAnswerCard({
    manifests: workspace.connections,
    connect,
    control,
    readCard: (subject, translator) => readPersonCard(open, subject, translator),
    clock,
    logger,
  })
  return [cardMount(publicUrl, answer)]
}
