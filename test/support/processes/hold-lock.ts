/**
 * A process that takes the lock of a folder and keeps it. Prints "held" once it has it, or the refusal as JSON.
 * Arguments: folder, and what to do then: "idle" (default), "block:SECONDS" (its event loop does not turn for so long; then it prints
 * "turns"), "child" (starts a process that outlives it, and prints its id).
 */
import { spawn } from 'node:child_process'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { acquireWorkspaceLock } from '../../../hub-server/store/workspace-lock.ts'

const [folder = '', then = 'idle'] = process.argv.slice(2)

try {
  const lock = acquireWorkspaceLock(folder, { purpose: 'serve', clock: systemClock })
  lock.announce('http://127.0.0.1:4000')
  if (then === 'child') {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      stdio: 'ignore',
      detached: true,
    })
    process.stdout.write(`held ${child.pid}\n`)
  } else process.stdout.write('held\n')
  setInterval(() => undefined, 1_000)
  // Gives the line above the turn it needs to leave the process.
  if (then.startsWith('block:')) setTimeout(() => block(Number(then.slice('block:'.length))), 0)
} catch (error) {
  if (!(error instanceof AffluentError)) throw error
  process.stdout.write(`${JSON.stringify({ code: error.code, ...error.params })}\n`)
  process.exitCode = error.rule.exit
}

function block(seconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000)
  process.stdout.write('turns\n')
}
