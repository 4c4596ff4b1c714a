import { syncPhases, type ReachPhase } from '../../core/sync/phase.ts'

/**
 * Kills the process (SIGKILL, nothing is flushed or closed) when it passes a phase for the nth time. For fault tests only: without a
 * specification, as in production, phases are passed by. `specification` is "PHASE" or "PHASE:N".
 */
export function createKillPoint(specification: string | undefined): ReachPhase {
  if (specification === undefined) return () => undefined
  const [name, visit = '1'] = specification.split(':')
  const phase = syncPhases.find((known) => known === name)
  if (phase === undefined) throw new TypeError(`no phase "${name}": ${syncPhases.join(', ')}`)
  let left = Number(visit)
  return (reached) => {
    if (reached !== phase) return
    left -= 1
    if (left === 0) process.kill(process.pid, 'SIGKILL')
  }
}
