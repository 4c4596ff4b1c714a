import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/**
 * Where a real browser is: AFFLUENT_TEST_CHROMIUM, else Chromium or Chrome on the path. Undefined: there is none, and tests that need one are
 * skipped.
 */
export function findChromium(): string | undefined {
  const given = process.env['AFFLUENT_TEST_CHROMIUM']
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const candidates = ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) =>
    folders.map((folder) => join(folder, name)),
  )
  return [...(given === undefined ? [] : [given]), ...candidates].find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Opens the page in a browser of its own, which knows nothing and reaches this machine alone, until it is disposed of. */
export async function startChromium(program: string, url: string): Promise<AsyncDisposable> {
  const profile = await mkdtemp(join(tmpdir(), 'affluent-chromium-'))
  const child = spawn(
    program,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      url,
    ],
    // A group of its own, as it starts a process for each of its parts.
    { stdio: 'ignore', detached: true },
  )
  const ended = once(child, 'close')
  return {
    async [Symbol.asyncDispose]() {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
      await ended
      await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
    },
  }
}
