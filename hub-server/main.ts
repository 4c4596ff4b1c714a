import { runCommandLine } from './cli/run-command-line.ts'
import { processEnvironment } from './config.ts'
import { endOnFault } from './end-on-fault.ts'

/** The composition root of the command line: the world of the process is handed in here and nowhere else. */
endOnFault(process)
endQuietlyWhenNobodyReads(process.stdout)
process.exitCode = await runCommandLine(
  {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: processEnvironment(),
    currentFolder: process.cwd(),
    stopSignal,
  },
  process.argv.slice(2),
)

/** The first Ctrl-C or SIGTERM asks for a graceful stop, the second one ends the process at once. */
function stopSignal(onStop: () => void): AbortSignal {
  const controller = new AbortController()
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130)
    onStop()
    controller.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return controller.signal
}

/** `affluent schema | head` closes the pipe early: no reason to complain. */
function endQuietlyWhenNobodyReads(stream: NodeJS.WriteStream): void {
  stream.on('error', (error) => {
    if ('code' in error && error.code === 'EPIPE') process.exit(0)
    throw error
  })
}
