import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

/**
 * Replaces a small file: the new text is written beside it, flushed, and renamed over it, so that a reader and a power cut see the
 * old text or the new, never a half. Only the owner may read it. Throws the file system's error.
 */
export function writeDurably(path: string, text: string): void {
  // A draft of its own: two processes that open a new store write its head at one moment.
  const draft = `${path}.${process.pid}.new`
  try {
    writeFlushed(draft, text)
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

function writeFlushed(path: string, text: string): void {
  const descriptor = openSync(path, 'w', 0o600)
  try {
    writeSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
