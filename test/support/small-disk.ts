import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A disk of its own, so small that it can be filled. */
export interface SmallDisk {
  readonly path: string
  /** What is left of it, rounded down. */
  freeMegabytes(): number
  /** Takes up this much of it. */
  fill(megabytes: number): void
  /** Takes up what is left. */
  fillUp(): void
  /** Gives it back. */
  free(): void
  remove(): void
}

/** Mounts one in memory. Undefined where that is not allowed: only root may, and not in every container. */
export function mountSmallDisk(megabytes: number): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), 'affluent-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'tmpfs', path], {
      stdio: 'ignore',
    })
  } catch {
    rmSync(path, { recursive: true })
    return undefined
  }
  const ballast = join(path, 'ballast')
  const fill = (bytes: number): void => writeFileSync(ballast, Buffer.alloc(bytes), { flag: 'a' })
  return {
    path,
    freeMegabytes() {
      const { bavail, bsize } = statfsSync(path)
      return Math.floor((bavail * bsize) / 1024 ** 2)
    },
    fill: (wanted) => fill(wanted * 1024 ** 2),
    fillUp() {
      for (let size = 1024 ** 2; size >= 512;)
        try {
          fill(size)
        } catch {
          size /= 2
        }
    },
    free: () => rmSync(ballast, { force: true }),
    remove() {
      execFileSync('umount', [path])
      rmSync(path, { recursive: true })
    },
  }
}
