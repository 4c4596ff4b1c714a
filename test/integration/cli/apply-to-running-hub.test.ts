import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { runCommandLine } from '../../../hub-server/cli/run-command-line.ts'
import { dataPaths } from '../../../hub-server/data-paths.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { runCli, type CliResult } from '../../support/run-cli.ts'

let folder: string
const cli = (...words: string[]): Promise<CliResult> => runCli([...words, '--workspace', folder])

interface Serving {
  stop(): Promise<void>
}

/** `affluent serve` in this process, until it is stopped. */
async function serve(...words: string[]): Promise<Serving> {
  const stopping = new AbortController()
  const listening = Promise.withResolvers<void>()
  const told: string[] = []
  const stdout = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      told.push(chunk)
      if (chunk.includes('Listening on')) listening.resolve()
      done()
    },
  })
  const line = {
    stdin: Readable.from([]),
    stdout,
    stderr: stdout,
    env: { AFFLUENT_LANG: 'en', AFFLUENT_PRIVATE_NETWORKS: '127.0.0.1' },
    currentFolder: '.',
    stopSignal: () => stopping.signal,
  }
  const ended = runCommandLine(line, ['serve', '--port', '0', '--workspace', folder, ...words])
  const early = ended.then(() => Promise.reject(new Error(told.join(''))))
  await Promise.race([listening.promise, early])
  early.catch(() => undefined)
  return {
    async stop() {
      stopping.abort()
      await ended
    },
  }
}

const segmentFile = (): string => join(folder, 'manifests', 'segment-first-audience.json')
async function writeRule(rule: string): Promise<void> {
  const manifest = JSON.parse(await readFile(segmentFile(), 'utf8'))
  await writeFile(segmentFile(), JSON.stringify({ ...manifest, rule }))
}

const listed = z.object({ segments: z.array(z.object({ segment: z.string(), members: z.int().nullable() })) })
async function membersOf(): Promise<number | null | undefined> {
  const { segments } = listed.parse(JSON.parse((await cli('segments', 'list', '--json')).out))
  return segments.find(({ segment }) => segment === 'readers')?.members
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apply-running-'))
  await cli('init', folder, '--country', 'FR', '--audience', 'Readers', '--purpose', 'newsletter', '--yes')
  await cli('apply', '--yes')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('affluent apply beside affluent serve', () => {
  it('hands the manifests to the running hub, whose next cycle goes by them', async () => {
    const hub = await serve('--every', '60')
    try {
      await vi.waitFor(async () => expect(await membersOf()).toBe(3), 20_000)
      await writeRule('country = "IT"')
      const applied = await cli('apply', '--yes')
      expect(applied).toMatchObject({ code: 0 })
      expect(applied.out).toContain('segment readers')
      await vi.waitFor(async () => expect(await membersOf()).toBe(1), 20_000)
      // What is refused here changes nothing there.
      await writeRule('contry = "IT"')
      expect(await cli('apply', '--yes')).toMatchObject({ code: 78 })
      expect(await membersOf()).toBe(1)
      await writeRule('country = "IT"')
      expect((await cli('apply', '--yes')).out).toContain('Nothing')
    } finally {
      await hub.stop()
    }
  })

  it('tells what the hub does by itself as the hub’s, not as of whoever started it', async () => {
    const control = await openControlStore(dataPaths(folder).control, systemClock)
    const started = await control.auditEntries({ action: 'run_started' })
    const applied = await control.auditEntries({ action: 'manifest_applied' })
    const runs = await control.runs({})
    await control.close()
    expect(started.length).toBeGreaterThan(2)
    expect(new Set(started.map(({ actor }) => actor))).toEqual(new Set(['hub']))
    expect(new Set(runs.map(({ startedBy }) => startedBy))).toEqual(new Set(['hub']))
    expect(applied.every(({ actor }) => actor.startsWith('cli:'))).toBe(true)
  })

  it('starts with what was written down, though no hub took it over', async () => {
    await writeRule('country = "GB"')
    // The same is left by a hub that is killed between writing manifests down and working by them.
    expect(await cli('apply', '--yes')).toMatchObject({ code: 0 })
    const hub = await serve()
    try {
      await vi.waitFor(async () => expect(await membersOf()).toBeGreaterThan(1), 20_000)
    } finally {
      await hub.stop()
    }
  })
})
