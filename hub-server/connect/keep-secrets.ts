import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { toStoreError } from '../store/to-store-error.ts'
import { writeDurably } from '../store/write-durably.ts'

const act = 'storing the secrets of a connection'

/** Name in the environment of a connection's secret: "crm-eu", "client_secret" → "CRM_EU_CLIENT_SECRET". */
export const secretName = (connection: string, key: string): string =>
  `${connection}_${key}`.toUpperCase().replaceAll('-', '_')

/**
 * Puts secrets into the workspace's `.env`, which templates keep out of Git: a line each, those of the same names replaced, all else left
 * as it stands. Only the owner may read the file then. Throws `store.unwritable`, and `usage.wrong` for a value that no line can hold.
 */
export function keepSecrets(folder: string, secrets: ReadonlyMap<string, string>): void {
  const file = join(folder, '.env')
  try {
    writeDurably(file, withSecrets(readText(file), secrets))
  } catch (error) {
    throw error instanceof AffluentError ? error : toStoreError(error, act, file)
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}

/** The text of an environment file with these lines in it. */
function withSecrets(text: string, secrets: ReadonlyMap<string, string>): string {
  const left = new Map(secrets)
  const lines = text.replace(/\n$/, '').split('\n')
  const kept = lines.map((line) => {
    const name = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=/.exec(line)?.[1] ?? ''
    const value = secrets.get(name)
    if (value === undefined) return line
    left.delete(name)
    return toLine(name, value)
  })
  const added = [...left].map(([name, value]) => toLine(name, value))
  return `${[...(text === '' ? [] : kept), ...added].join('\n')}\n`
}

/** In a quote that the value does not have, so that nothing in it is taken for a comment; in double quotes "\\n" would become a line break. */
function toLine(name: string, value: string): string {
  const quote = ["'", '`'].find((sign) => !value.includes(sign))
  if (quote === undefined || /[\n\r\0]/.test(value))
    throw new AffluentError('usage.wrong', { act, value: name })
  return `${name}=${quote}${value}${quote}`
}
