import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuditEntry } from '../../../core/audit/audit-entry.ts'
import type { AuditReport } from '../../../core/audit/audit-report.ts'
import { emptyChain, linkEntry, type ChainHead } from '../../../core/audit/chain.ts'
import { readCheckpoints } from '../../../hub-server/audit/checkpoint-file.ts'
import { createCheckpointSigner } from '../../../hub-server/audit/checkpoint-key.ts'
import { createCheckpointPublisher } from '../../../hub-server/audit/publish-checkpoints.ts'
import { verifyAudit } from '../../../hub-server/audit/verify-audit.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { sha256 } from '../../../hub-server/store/sha256.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { silentLogger } from '../../support/silent-logger.ts'

/** 1,000 in the soak run. */
const runs = Number(process.env['TAMPER_RUNS'] ?? 40)
const entries = 40
const clock = createFixedClock(1_700_000_000_000)
const signer = createCheckpointSigner(new Uint8Array(32).fill(5))

const root = mkdtempSync(join(tmpdir(), 'affluent-tamper-'))
const elsewhere = join(root, 'checkpoints.jsonl')
const [whole, older] = [join(root, 'whole'), join(root, 'older')]
const names = ['control.sqlite', 'audit-head.json']

function copyStore(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const name of names) copyFileSync(join(from, name), join(to, name))
}

beforeAll(async () => {
  mkdirSync(whole)
  const control = await openControlStore(join(whole, 'control.sqlite'), clock)
  const publisher = createCheckpointPublisher({
    control,
    signer,
    place: elsewhere,
    clock,
    logger: silentLogger,
  })
  for (let number = 1; number <= entries; number += 1) {
    await control.appendAudit({
      at: number,
      actor: 'cli:ada',
      action: 'run_started',
      object: `sync/s${number}`,
      details: { planned: number },
    })
    if (number % 10 === 0) await publisher.publish()
    if (number === 25) {
      const database = new DatabaseSync(join(whole, 'control.sqlite'))
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      database.close()
      copyStore(whole, older)
    }
  }
  await control.close()
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Rewrites the log of a store as somebody does who has the files in hand, head file included. */
function rewrite(
  folder: string,
  change: (log: readonly AuditEntry[]) => readonly AuditEntry[],
  withHead: boolean,
) {
  const database = new DatabaseSync(join(folder, 'control.sqlite'))
  const read = database.prepare('SELECT * FROM audit_entry ORDER BY number').all()
  const log = read.map((row) => ({
    number: Number(row['number']),
    at: Number(row['at']),
    actor: String(row['actor']),
    action: String(row['action']),
    object: String(row['object']),
    details: JSON.parse(String(row['details'])) as AuditEntry['details'],
    previousHash: String(row['previous_hash']),
    hash: String(row['hash']),
  }))
  const changed = change(log)
  database.exec(
    'DROP TRIGGER audit_entry_is_never_edited; DROP TRIGGER audit_entry_is_never_deleted; DELETE FROM audit_entry',
  )
  const insert = database.prepare('INSERT INTO audit_entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  for (const [index, { at, actor, action, object, details, previousHash, hash }] of changed.entries())
    insert.run(index + 1, at, actor, action, object, JSON.stringify(details), previousHash, hash)
  database.close()
  const last = changed.at(-1)
  if (withHead)
    writeFileSync(
      join(folder, 'audit-head.json'),
      JSON.stringify({ number: changed.length, hash: last?.hash ?? emptyChain.hash }),
    )
}

/** Computes every hash again, so that the chain is consistent in itself. */
function chained(log: readonly AuditEntry[]): AuditEntry[] {
  let head: ChainHead = emptyChain
  return log.map((entry) => {
    const linked = linkEntry(entry, head, sha256)
    head = linked
    return linked
  })
}

const forged: AuditEntry['details'] = { planned: 999 }
const tampers: Readonly<Record<string, (folder: string, place: number, other: number) => void>> = {
  'edits an entry': (folder, place) =>
    rewrite(
      folder,
      (log) => log.map((entry, at) => (at === place ? { ...entry, details: forged } : entry)),
      false,
    ),
  'deletes an entry': (folder, place) => rewrite(folder, (log) => log.filter((_, at) => at !== place), true),
  'inserts an entry': (folder, place, other) =>
    rewrite(
      folder,
      (log) => [...log.slice(0, place), ...log.slice(other, other + 1), ...log.slice(place)],
      true,
    ),
  'swaps two entries': (folder, place, other) =>
    rewrite(folder, (log) => log.toSpliced(place, 1, ...log.slice(other, other + 1)), true),
  'edits an entry and computes the chain again': (folder, place) =>
    rewrite(
      folder,
      (log) => chained(log.map((entry, at) => (at === place ? { ...entry, details: forged } : entry))),
      true,
    ),
  'deletes an entry and computes the chain again': (folder, place) =>
    rewrite(folder, (log) => chained(log.filter((_, at) => at !== place)), true),
  'cuts the tail': (folder, place) => rewrite(folder, (log) => log.slice(0, place), true),
  'puts an older copy back': (folder) => copyStore(older, folder),
}

async function verified(folder: string, withCheckpoints: boolean): Promise<AuditReport> {
  const path = join(folder, 'control.sqlite')
  const store = await openControlStore(path, clock, { inspect: true })
  const checkpoints = withCheckpoints ? readCheckpoints(elsewhere) : []
  const report = await verifyAudit(store, path, { checkpoints, publicKey: signer.publicKey })
  await store.close()
  return report
}

describe('the audit log', () => {
  it('agrees with its checkpoints as long as nobody touched it', async () => {
    expect(await verified(whole, true)).toMatchObject({ ok: true, entries, checkpoints: 4 })
  })

  it(`X41: shows each of ${runs} random tampers by somebody who can rewrite every file of the hub`, async (context) => {
    let [tried, found, onlyByCheckpoint] = [0, 0, 0]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.entries(tampers)),
        fc.nat({ max: entries - 2 }),
        fc.nat({ max: entries - 2 }),
        async ([name, tamper], place, second) => {
          const folder = join(root, `copy-${tried}`)
          copyStore(whole, folder)
          tamper(folder, place, second === place ? place + 1 : second)
          const report = await verified(folder, true)
          tried += 1
          expect(report.ok, `${name} at ${place}`).toBe(false)
          found += 1
          if ((await verified(folder, false)).ok) onlyByCheckpoint += 1
          rmSync(folder, { recursive: true })
        },
      ),
      { numRuns: runs, seed: 41 },
    )
    const claim = (what: string, value: number) =>
      reportFigure(context, {
        check: 'X41',
        claim: what,
        value,
        of: tried,
        target: what.startsWith('of') ? 'told' : '0',
        seed: 41,
      })
    claim('tampers with the audit log that stayed unseen', tried - found)
    claim('of these, seen only through the checkpoint kept elsewhere', onlyByCheckpoint)
    expect(onlyByCheckpoint).toBeGreaterThan(0)
  })

  it('does not trust a checkpoint that another key signed, or that was altered', async () => {
    const path = join(whole, 'control.sqlite')
    const store = await openControlStore(path, clock, { inspect: true })
    const [first] = readCheckpoints(elsewhere)
    if (!first) throw new Error('checkpoints were written')
    const stranger = createCheckpointSigner(new Uint8Array(32).fill(6)).sign(first, 1)
    for (const checkpoint of [
      stranger,
      { ...first, number: 9 },
      { ...first, at: 1 },
      { ...first, key: stranger.key },
    ])
      expect(
        await verifyAudit(store, path, { checkpoints: [checkpoint], publicKey: signer.publicKey }),
      ).toMatchObject({
        ok: false,
        problem: 'checkpoint_forged',
      })
    await store.close()
  })
})

async function aPublisher(name: string) {
  const time = createFixedClock(1_700_000_000_000)
  const file = join(root, name)
  writeFileSync(file, '')
  const control = await openControlStore(':memory:', time)
  const publisher = createCheckpointPublisher({
    control,
    signer,
    place: file,
    clock: time,
    logger: silentLogger,
  })
  return { time, control, publisher, published: () => readCheckpoints(file) }
}

describe('publishing checkpoints', () => {
  const fact = { at: 1, actor: 'hub', action: 'run_started', object: 'sync/s', details: {} }

  it('says in the log what the machine calls it, where the place cannot be written', async () => {
    const logged: unknown[] = []
    const control = await openControlStore(':memory:', clock)
    await control.appendAudit(fact)
    const logger = {
      ...silentLogger,
      error: (event: string, fields?: object) => logged.push({ event, ...fields }),
    }
    const place = join(root, 'no-such-folder', 'checkpoints.jsonl')
    await createCheckpointPublisher({ control, signer, place, clock, logger }).publish()
    expect(logged).toMatchObject([{ event: 'checkpoint_unpublished', fault: 'ENOENT' }])
    await control.close()
  })

  it('says nothing while nothing was added', async () => {
    const { control, publisher, published } = await aPublisher('twice.jsonl')
    await publisher.publish()
    expect(published()).toEqual([])
    await control.appendAudit(fact)
    await publisher.publish()
    await publisher.publish()
    expect(published()).toHaveLength(1)
    await control.close()
  })

  it('goes on by itself, five minutes after the last one', async () => {
    const { time, control, publisher, published } = await aPublisher('by-itself.jsonl')
    await control.appendAudit(fact)
    await publisher.publish()
    await control.appendAudit(fact)
    const ending = new AbortController()
    const going = publisher.keepPublishing(ending.signal)
    while (published().length < 2) {
      time.advance(10_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(published()[1]?.at).toBeGreaterThanOrEqual(1_700_000_000_000 + 5 * 60_000)
    ending.abort()
    await going
    await control.close()
  })
})
