import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Every way in which an identifier may lie in a file: as typed, in any case, in UTF-16, as parts, and as the hashes that platforms take. */
function writingsOf(identifier: string): string[] {
  const plain = [identifier, identifier.toLowerCase(), identifier.toUpperCase()]
  const [local = '', domain = ''] = identifier.toLowerCase().split('@')
  const parts = domain === '' ? [] : [local, local.toUpperCase(), domain]
  const digits = identifier.startsWith('+') ? [identifier.slice(1), `0${identifier.slice(3)}`] : []
  const hashes = [...plain, ...digits].flatMap((text) =>
    ['md5', 'sha1', 'sha256'].flatMap((algorithm) => {
      const digest = createHash(algorithm).update(text).digest()
      return [
        digest.toString('hex'),
        digest.toString('hex').toUpperCase(),
        digest.toString('base64'),
        digest.toString('latin1'),
      ]
    }),
  )
  return [...new Set([...plain, ...parts, ...digits, ...hashes])]
}

/** The writings found in any file under the folder, with the file: "warehouse.duckdb: ada@…". */
export function searchBytes(folder: string, identifiers: readonly string[]): string[] {
  const writings = identifiers.flatMap(writingsOf)
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const bytes = readFileSync(join(entry.parentPath, entry.name))
      return writings
        .filter(
          (text) =>
            bytes.includes(Buffer.from(text, 'latin1')) || bytes.includes(Buffer.from(text, 'utf16le')),
        )
        .map((text) => `${entry.name}: ${text}`)
    })
}
