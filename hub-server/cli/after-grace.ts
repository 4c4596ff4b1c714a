/**
 * A signal that aborts some milliseconds after another one: what was begun may end in the meantime, nothing new is begun. Keeps no process alive.
 */
export function afterGrace(signal: AbortSignal, graceMs: number): AbortSignal {
  const late = new AbortController()
  const abort = (): void => late.abort(signal.reason)
  if (signal.aborted) abort()
  else signal.addEventListener('abort', () => setTimeout(abort, graceMs).unref(), { once: true })
  return late.signal
}
