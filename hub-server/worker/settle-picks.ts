import type { Cycle } from './cycle-ports.ts'

/** How long a pick waits for the pull that brings its person, in milliseconds. */
const patienceMs = 30 * 86_400_000

/** Notes picks whose people this cycle's pull brought, and makes them count in the segments of the same cycle. */
export async function settlePicks({
  picks,
  profiles,
  workspace,
  clock,
  signal,
}: Pick<Cycle, 'picks' | 'profiles' | 'workspace' | 'clock' | 'signal'>): Promise<void> {
  await picks.forget(clock.now() - patienceMs)
  if ((await picks.settle()) > 0) await profiles.refresh([...workspace.mappings.values()], { signal })
}
