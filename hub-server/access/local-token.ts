import { readFileSync, rmSync } from 'node:fs'
import { writeDurably } from '../store/write-durably.ts'
import { createToken } from './token.ts'

/**
 * Makes a new token for whoever can read the data folder, and writes it into the file (mode 0600) for the command line on this machine.
 * The token of the start before opens nothing any more.
 */
export function writeLocalToken(file: string): string {
  const token = createToken('local_')
  writeDurably(file, `${token}\n`)
  return token
}

/** The token of the hub that runs on this folder; undefined when none was started here, or somebody else owns the file. */
export function readLocalToken(file: string): string | undefined {
  try {
    const token = readFileSync(file, 'utf8').trim()
    return token.startsWith('local_') ? token : undefined
  } catch {
    return undefined
  }
}

/** Takes the token away when the hub stops. */
export function removeLocalToken(file: string): void {
  rmSync(file, { force: true })
}
