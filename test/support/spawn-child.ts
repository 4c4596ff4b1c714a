import { spawn, type ChildProcessByStdio, type SpawnOptions } from 'node:child_process'
import type { Readable } from 'node:stream'

const living = new Set<ChildProcessByStdio<null, Readable, Readable>>()

/**
 * Starts a process of a test. What it says on standard error is to be read through its pipe: whoever is handed the runner's own keeps
 * the whole run open for as long as it lives.
 */
export function spawnChild(
  program: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env'> = {},
): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  living.add(child)
  child.once('close', () => living.delete(child))
  return child
}

/** Kills what the tests of a file left behind: one that failed half-way ends nothing. */
export function killChildren(): void {
  for (const child of living) child.kill('SIGKILL')
}
