import { open, realpath, type FileHandle } from 'node:fs/promises'
import { relative, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { PlatformErrorCode } from '../../core/errors/error-codes.ts'

/** A file that is open for reading. */
export interface OpenFile {
  /** Tells this content from any other: size, time of change and inode. */
  readonly fingerprint: string
  /** Bytes from `start` on (counted after unpacking), with the share of the file that was read. */
  readChunks(start: number, signal: AbortSignal): AsyncGenerator<FileChunk>
  /** Throws `platform.transient` when somebody wrote to the file since it was opened: what was read may be half of it. */
  expectUnchanged(): Promise<void>
  close(): Promise<void>
}

interface FileChunk {
  readonly bytes: Buffer
  /** In [0, 1]. */
  readonly progress: number
}

/** Where a file is: `path` below `folder` below the workspace. */
export interface FilePlace {
  readonly workspace: string
  readonly folder: string
  readonly path: string
}

/** A quarter of a MiB: larger chunks read no faster, and hold the event loop longer. */
const chunkBytes = 256 * 1024

/** Opens a file. Throws `platform.not_found`, `platform.permission_missing` or `platform.invalid_request`, naming the path. */
export async function openFile(place: FilePlace): Promise<OpenFile> {
  const handle = await openBelow(place)
  const stats = await handle.stat()
  if (!stats.isFile()) {
    await handle.close()
    throw fileError('platform.invalid_request', place, 'is not a file; name a file in "path"')
  }
  const fingerprint = toFingerprint(stats)
  return {
    fingerprint,
    readChunks: (start, signal) => readChunks(handle, place, { start, size: stats.size, signal }),
    async expectUnchanged() {
      if (toFingerprint(await handle.stat()) !== fingerprint)
        throw fileError(
          'platform.transient',
          place,
          'changed while it was read; write it under another name, then rename it',
        )
    },
    close: () => handle.close(),
  }
}

function toFingerprint(stats: { size: number; mtimeMs: number; ino: number }): string {
  return `${stats.size}-${stats.mtimeMs}-${stats.ino}`
}

async function openBelow(place: FilePlace): Promise<FileHandle> {
  const folder = resolve(place.workspace, place.folder)
  try {
    const path = await realpath(resolve(folder, place.path))
    // A link that leads out of the folder would let whoever may write there read any file of this machine.
    if (!path.startsWith((await realpath(folder)) + sep))
      throw fileError('platform.permission_missing', place, 'is a link that leads out of its folder')
    if (isHidden(path, await realpath(place.workspace)))
      throw fileError(
        'platform.permission_missing',
        place,
        'is hidden; put it where no name begins with a dot',
      )
    return await open(path)
  } catch (error) {
    throw error instanceof PlatformError ? error : toFileError(error, place)
  }
}

/** True of the hub's own data and settings, which lie under such names: a mapping would make traits of keys. Both are real paths. */
function isHidden(path: string, workspace: string): boolean {
  const below = relative(workspace, path).split(sep)
  return below[0] !== '..' && below.some((name) => name.startsWith('.'))
}

interface ChunkRange {
  readonly start: number
  readonly size: number
  readonly signal: AbortSignal
}

async function* readChunks(
  handle: FileHandle,
  place: FilePlace,
  range: ChunkRange,
): AsyncGenerator<FileChunk> {
  const isPacked = place.path.toLowerCase().endsWith('.gz')
  try {
    if (isPacked) yield* unpackChunks(handle, range)
    else yield* readDisk(handle, range)
  } catch (error) {
    range.signal.throwIfAborted()
    throw error instanceof PlatformError ? error : toFileError(error, place)
  }
}

/** Reads with explicit positions: two read streams on one handle would end each other. */
async function* readDisk(handle: FileHandle, { start, size, signal }: ChunkRange): AsyncGenerator<FileChunk> {
  for (let at = start; at < size;) {
    signal.throwIfAborted()
    const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, size - at))
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield { bytes: buffer.subarray(0, bytesRead), progress: at / size }
  }
}

/** A packed file cannot be entered in the middle: what was read before is unpacked again and passed over. */
async function* unpackChunks(handle: FileHandle, range: ChunkRange): AsyncGenerator<FileChunk> {
  let progress = 0
  const packed = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of readDisk(handle, { ...range, start: 0 })) {
      progress = chunk.progress
      yield chunk.bytes
    }
  }
  const disk = Readable.from(packed())
  const unpacked = createGunzip({ chunkSize: chunkBytes })
  disk.once('error', (error) => unpacked.destroy(error))
  disk.pipe(unpacked)
  let toPass = range.start
  try {
    for await (const chunk of unpacked) {
      if (!Buffer.isBuffer(chunk)) continue
      const passed = Math.min(toPass, chunk.length)
      toPass -= passed
      if (passed < chunk.length) yield { bytes: chunk.subarray(passed), progress }
    }
  } finally {
    disk.destroy()
    unpacked.destroy()
  }
}

const wordsOfCode: Readonly<Record<string, { code: PlatformErrorCode; words: string }>> = {
  ENOENT: {
    code: 'platform.not_found',
    words: 'does not exist; put it there, or correct "folder" and "path"',
  },
  ENOTDIR: {
    code: 'platform.not_found',
    words: 'does not exist; put it there, or correct "folder" and "path"',
  },
  EACCES: {
    code: 'platform.permission_missing',
    words: 'may not be read by this process; give it the right to read',
  },
  EPERM: {
    code: 'platform.permission_missing',
    words: 'may not be read by this process; give it the right to read',
  },
  EISDIR: { code: 'platform.invalid_request', words: 'is a folder; name a file in "path"' },
  Z_DATA_ERROR: { code: 'platform.unreadable_answer', words: 'is no valid gzip file; write it again' },
  Z_BUF_ERROR: {
    code: 'platform.unreadable_answer',
    words: 'ends in the middle of its gzip data; write it again',
  },
}

function toFileError(error: unknown, place: FilePlace): PlatformError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known = wordsOfCode[code] ?? { code: 'platform.transient', words: `cannot be read (${code})` }
  return fileError(known.code, place, known.words, { cause: error })
}

/** An error that names the file and the repair: "data/people.csv does not exist; put it there …". */
export function fileError(
  code: PlatformErrorCode,
  place: FilePlace,
  words: string,
  options: ErrorOptions = {},
): PlatformError {
  const path = place.folder === '.' ? place.path : `${place.folder}/${place.path}`
  return new PlatformError(code, { act: 'reading a file', path, said: `${path} ${words}` }, options)
}
