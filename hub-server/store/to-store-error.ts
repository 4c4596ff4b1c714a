import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { ErrorCode } from '../../core/errors/error-codes.ts'

/** SQLite's primary result codes that a person can do something about: https://www.sqlite.org/rescode.html */
const codeOf: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [5, 'store.locked'], // SQLITE_BUSY: another process holds the file
  [8, 'store.unwritable'], // SQLITE_READONLY
  [10, 'store.unwritable'], // SQLITE_IOERR
  [11, 'store.damaged'], // SQLITE_CORRUPT
  [13, 'store.disk_full'], // SQLITE_FULL
  [14, 'store.unwritable'], // SQLITE_CANTOPEN
  [26, 'store.damaged'], // SQLITE_NOTADB
])

/** Codes of the file system itself, met when a side file is written. */
const codeOfFile: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ['ENOSPC', 'store.disk_full'],
  ['EDQUOT', 'store.disk_full'],
  ['ENOENT', 'store.unwritable'],
  ['ENOTDIR', 'store.unwritable'],
  ['EACCES', 'store.unwritable'],
  ['EPERM', 'store.unwritable'],
  ['EROFS', 'store.unwritable'],
  ['EIO', 'store.unwritable'],
  // Node refuses an integer beyond 2^53: none of ours is, so the row was altered.
  ['ERR_OUT_OF_RANGE', 'store.damaged'],
])

/** Gives an error of SQLite or of the file system the hub's code; anything unknown becomes `internal.unexpected`. */
export function toStoreError(thrown: unknown, act: string, file: string): AffluentError {
  if (thrown instanceof AffluentError) return thrown
  const code = storeCode(thrown)
  const reason = thrown instanceof Error && 'errstr' in thrown ? String(thrown.errstr) : 'unreadable'
  if (code === 'store.locked') {
    const unknown = { pid: 'unknown', since: 'unknown', purpose: 'unknown' }
    return new AffluentError(code, { act, file, ...unknown }, { cause: thrown })
  }
  return new AffluentError(code, { act, file, reason }, { cause: thrown })
}

function storeCode(thrown: unknown): ErrorCode {
  if (!(thrown instanceof Error)) return 'internal.unexpected'
  // The low byte of an extended result code is the primary one.
  const sqlite = 'errcode' in thrown ? codeOf.get(Number(thrown.errcode) & 0xff) : undefined
  const system = 'code' in thrown ? codeOfFile.get(String(thrown.code)) : undefined
  return sqlite ?? system ?? 'internal.unexpected'
}
