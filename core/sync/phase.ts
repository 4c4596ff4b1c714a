/**
 * The points of a cycle at which a crash leaves a different state behind. The engine reports each as it passes, so that tests can
 * kill the process there.
 */
export const syncPhases = [
  'page_written',
  'checkpoint_written',
  'refreshed',
  'evaluated',
  'planned',
  'batches_created',
  'intent_written',
  'sent',
  'recorded',
  'confirmed',
  'finished',
] as const
export type SyncPhase = (typeof syncPhases)[number]

/** Told each phase as it is passed. */
export type ReachPhase = (phase: SyncPhase) => void
