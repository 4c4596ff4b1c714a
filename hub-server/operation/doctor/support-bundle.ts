import { writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import packageJson from '../../../package.json' with { type: 'json' }
import { settingNames } from '../../config.ts'
import type { DoctorDesk, Finding } from './doctor-desk.ts'

/** Runs of the past that are told. */
const mostRuns = 200

/**
 * Writes what somebody who helps needs to know: findings, versions, which settings are set, kinds and names of manifests, numbers and error codes of
 * runs. No value of a setting, no rule, no record, no log: what is not in here cannot leak.
 */
export async function writeBundle(
  file: string,
  desk: DoctorDesk,
  findings: readonly Finding[],
): Promise<void> {
  const documents: Readonly<Record<string, unknown>> = {
    'findings.json': findings,
    'versions.json': {
      affluent: packageJson.version,
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    },
    'settings.json': settingNames.map((name) => ({ name, set: (desk.config.env[name] ?? '') !== '' })),
    'manifests.json': await readManifests(desk),
    'runs.json': await readRuns(desk),
  }
  const at = Math.floor(desk.clock.now() / 1000)
  const files = Object.entries(documents).map(([name, content]) => toTarEntry(name, content, at))
  await writeFile(file, gzipSync(Buffer.concat([...files, Buffer.alloc(1024)])), { mode: 0o600 })
}

async function readManifests({ control }: DoctorDesk): Promise<unknown> {
  const applied = (await control?.appliedManifests()) ?? []
  return applied.map(({ kind, name, revision, digest, document }) => ({
    kind,
    name,
    revision,
    digest,
    ...(kind === 'connection' && { connector: document['connector'] }),
  }))
}

/** Words of platforms can name people: only codes go out. */
async function readRuns({ control }: DoctorDesk): Promise<unknown> {
  const runs = (await control?.runs({ limit: mostRuns })) ?? []
  return runs.map(({ id, sync, kind, state, startedAt, finishedAt, counters, error }) => ({
    id,
    sync,
    kind,
    state,
    startedAt,
    finishedAt,
    counters,
    error: error?.code ?? null,
  }))
}

const blockBytes = 512

const octal = (value: number, length: number): string => value.toString(8).padStart(length - 1, '0')

/** One file of a tar archive: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html, ustar interchange format. */
function toTarEntry(name: string, content: unknown, at: number): Buffer {
  const body = Buffer.from(`${JSON.stringify(content, null, 2)}\n`)
  const header = Buffer.alloc(blockBytes)
  header.write(`affluent-support/${name}`, 0)
  header.write(octal(0o600, 8), 100)
  header.write(octal(0, 8), 108)
  header.write(octal(0, 8), 116)
  header.write(octal(body.byteLength, 12), 124)
  header.write(octal(at, 12), 136)
  // The checksum counts itself as spaces.
  header.write('        ', 148)
  header.write('0', 156)
  header.write('ustar\u000000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${octal(sum, 7)}\u0000 `, 148)
  const padding = Buffer.alloc((blockBytes - (body.byteLength % blockBytes)) % blockBytes)
  return Buffer.concat([header, body, padding])
}
