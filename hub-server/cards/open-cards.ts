import { ofCurrent, type CurrentWorkspace } from '../current-workspace.ts'
import type { BesideMount } from '../http/create-app.ts'
import { createAnswerCard } from './answer-card.ts'
import { cardMount } from './card-routes.ts'
import { readPersonCard } from './person-card.ts'

/** The cards of the connections in force; none where the hub has no public address. */
export function openCards(
  current: Pick<CurrentWorkspace, 'open'>,
  publicUrl: string | undefined,
): readonly BesideMount[] {
  if (publicUrl === undefined) return []
  const answer = ofCurrent(current, (open) => {
    const { workspace, connect, control, clock, logger } = open
    return createAnswerCard({
      manifests: workspace.connections,
      connect,
      control,
      readCard: (subject, translator) => readPersonCard(open, subject, translator),
      clock,
      logger,
    })
  })
  return [cardMount(publicUrl, (place, message, language) => answer()(place, message, language))]
}
