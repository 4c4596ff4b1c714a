import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AuditFact } from '../../../core/audit/audit-entry.ts'
import { verifyChain } from '../../../core/audit/chain.ts'
import type { ControlStore, ManifestChange } from '../../../core/port/control-store.ts'
import type { Batch } from '../../../core/sync/batch.ts'
import { noCounters } from '../../../core/sync/run.ts'
import { sha256 } from '../../../hub-server/store/sha256.ts'
import { aRun } from '../../support/a-run.ts'

/** One store in a place of its own. `reopen` closes it and opens it again, as a restarted hub does. */
export interface StoreUnderTest {
  store(): ControlStore
  reopen(): Promise<void>
  remove(): Promise<void>
}

const fact = (action: string): AuditFact => ({
  at: 1_700_000_000_000,
  actor: 'cli:ada',
  action,
  object: 'sync/big-spenders-to-meta',
  details: { planned: 3, nested: { b: 1, a: [null, true, 'é "quoted" \u2028'] } },
})

const manifest = (change: Partial<ManifestChange> = {}): ManifestChange => ({
  operation: 'create',
  kind: 'segment',
  name: 'big-spenders',
  digest: 'd1',
  document: { kind: 'segment', name: 'big-spenders', rule: { trait: 'country', op: 'equals', value: 'FR' } },
  ...change,
})

const batch = (change: Partial<Batch> = {}): Batch => ({
  runId: 'run-1',
  index: 0,
  operation: 'add',
  size: 10_000,
  digest: 'b0',
  state: 'planned',
  attempts: 0,
  ...change,
})

/** What every control store must do, whatever engine is under it. */
export function describeControlStore(engine: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${engine}: control store`, () => {
    let subject: StoreUnderTest
    const store = (): ControlStore => subject.store()
    beforeEach(async () => {
      subject = await open()
    })
    afterEach(() => subject.remove())
    const runIds = async (filter: Parameters<ControlStore['runs']>[0]): Promise<string[]> =>
      (await store().runs(filter)).map(({ id }) => id)

    describe('manifests', () => {
      const by = { at: 5, actor: 'cli:ada' }

      it('starts empty', async () => {
        expect(await store().appliedManifests()).toEqual([])
      })

      it('keeps each change as a new revision and shows the newest', async () => {
        await store().applyManifests([manifest()], by)
        const document = { kind: 'segment', name: 'big-spenders', rule: { all: [] } }
        await store().applyManifests([manifest({ operation: 'update', digest: 'd2', document })], by)
        await subject.reopen()
        expect(await store().appliedManifests()).toEqual([
          { kind: 'segment', name: 'big-spenders', revision: 2, digest: 'd2', document },
        ])
      })

      it('hides a deleted manifest, and continues its revisions when it comes back', async () => {
        await store().applyManifests([manifest()], by)
        await store().applyManifests([manifest({ operation: 'delete', document: null })], by)
        expect(await store().appliedManifests()).toEqual([])
        await store().applyManifests([manifest()], by)
        expect(await store().appliedManifests()).toMatchObject([{ revision: 3 }])
      })

      it('tells objects of the same name but another kind apart', async () => {
        await store().applyManifests([manifest(), manifest({ kind: 'sync', digest: 's1' })], by)
        expect((await store().appliedManifests()).map(({ kind, digest }) => [kind, digest])).toEqual([
          ['segment', 'd1'],
          ['sync', 's1'],
        ])
      })

      it('writes one audit entry for each change, without the document', async () => {
        await store().applyManifests([manifest(), manifest({ name: 'lapsed', digest: 'd9' })], by)
        await store().applyManifests([manifest({ operation: 'delete', document: null })], by)
        expect(await store().auditEntries()).toMatchObject([
          { number: 1, actor: 'cli:ada', at: 5, action: 'manifest_applied', object: 'segment/big-spenders' },
          {
            number: 2,
            object: 'segment/lapsed',
            details: { operation: 'create', digest: 'd9', before: null },
          },
          { number: 3, action: 'manifest_deleted', details: { revision: 2, before: 'd1' } },
        ])
      })

      it('applies all changes or none', async () => {
        const broken = manifest({ name: 'second', operation: 'update', document: null })
        await expect(store().applyManifests([manifest(), broken], by)).rejects.toThrow(/internal.unexpected/)
        expect(await store().appliedManifests()).toEqual([])
        expect(await store().auditEntries()).toEqual([])
      })

      it('uses an approval up with the changes that rest on it: both or neither, and once', async () => {
        const request = {
          id: 'r1',
          kind: 'new_destination',
          object: 'sync/a',
          digest: 'd',
          state: 'waiting',
          requestedAt: 1,
          requestedBy: 'user:Ada',
          expiresAt: 9,
          decidedBy: null,
        } as const
        await store().createApproval(request, { ...fact('approval_requested'), at: 1 })
        const decided = { state: 'approved', by: 'user:Bob' } as const
        expect(await store().decideApproval('r1', decided, { ...fact('approval_given'), at: 2 })).toBe(true)
        const use = { id: 'r1', fact: { ...fact('approval_used'), at: 3 } }
        const broken = manifest({ name: 'second', operation: 'update', document: null })
        await expect(store().applyManifests([broken], by, use)).rejects.toThrow(/internal.unexpected/)
        expect(await store().approvalRequests({ limit: 50 })).toMatchObject([
          { state: 'approved', decidedBy: 'user:Bob' },
        ])
        await store().applyManifests([manifest()], by, use)
        expect(await store().approvalRequests({ limit: 50 })).toMatchObject([
          { state: 'used', decidedBy: 'user:Bob' },
        ])
        const again = store().applyManifests([manifest({ name: 'second' })], by, use)
        await expect(again).rejects.toThrow('api.precondition_failed')
        expect(await store().appliedManifests()).toHaveLength(1)
        expect((await store().auditEntries()).map(({ action }) => action)).toEqual([
          'approval_requested',
          'approval_given',
          'approval_used',
          'manifest_applied',
        ])
      })
    })

    describe('runs', () => {
      it('gives back exactly the run it was given, after a restart too', async () => {
        const run = aRun({
          counters: { ...noCounters, planned: 7, applied: 5, rejected: 2 },
          planDigest: 'p1',
          approvedBy: 'cli:ada',
          error: { code: 'run.guard_tripped', params: { removes: 500, act: 'removing members' } },
        })
        await store().createRun(run, fact('run_started'))
        await subject.reopen()
        expect(await store().run('run-1')).toEqual(run)
      })

      it('does not know a run that was never made', async () => {
        expect(await store().run('run-9')).toBeUndefined()
      })

      it('stores the run and its audit entry together or not at all', async () => {
        await store().createRun(aRun(), fact('run_started'))
        await expect(store().createRun(aRun(), fact('run_started'))).rejects.toThrow(/internal.unexpected/)
        expect(await store().auditEntries()).toHaveLength(1)
      })

      it('changes only the fields named', async () => {
        await store().createRun(aRun({ planDigest: 'p1' }), fact('run_started'))
        await store().updateRun('run-1', { state: 'succeeded', finishedAt: 2_000 })
        expect(await store().run('run-1')).toEqual(
          aRun({ planDigest: 'p1', state: 'succeeded', finishedAt: 2_000 }),
        )
      })

      it('clears a field that is set to null', async () => {
        await store().createRun(aRun({ error: { code: 'store.disk_full', params: {} } }), fact('run_started'))
        await store().updateRun('run-1', { error: null })
        expect(await store().run('run-1')).toMatchObject({ error: null })
      })

      it('refuses to change a run that is not there', async () => {
        await expect(store().updateRun('run-9', { state: 'failed' })).rejects.toThrow(/internal.unexpected/)
      })

      it('lists newest first, filtered by sync and state, page by page without gap or repeat', async () => {
        // Runs that start in the same millisecond must not be lost between two pages.
        for (const number of [1, 2, 3, 4, 5, 6])
          await store().createRun(
            aRun({
              id: `run-${number}`,
              startedAt: number < 4 ? 100 : 200,
              sync: number === 6 ? 'other' : 'mine',
              state: number === 1 ? 'failed' : 'succeeded',
            }),
            fact('run_started'),
          )
        expect(await runIds({})).toEqual(['run-6', 'run-5', 'run-4', 'run-3', 'run-2', 'run-1'])
        expect(await runIds({ sync: 'mine', limit: 2 })).toEqual(['run-5', 'run-4'])
        expect(await runIds({ sync: 'mine', limit: 2, before: 'run-4' })).toEqual(['run-3', 'run-2'])
        expect(await runIds({ sync: 'mine', limit: 2, before: 'run-2' })).toEqual(['run-1'])
        expect(await runIds({ state: 'failed' })).toEqual(['run-1'])
        expect(await runIds({ before: 'run-99' })).toEqual([])
      })
    })

    describe('batches', () => {
      beforeEach(() => store().createRun(aRun(), fact('run_started')))

      it('keeps the intent of each batch in order', async () => {
        const all = [batch(), batch({ index: 1, operation: 'remove', size: 12, digest: 'b1' })]
        await store().createBatches(all.toReversed())
        await subject.reopen()
        expect(await store().batches('run-1')).toEqual(all)
      })

      it('counts an attempt each time a batch is sent, and only then', async () => {
        await store().createBatches([batch(), batch({ index: 1 })])
        for (const state of ['sending', 'ambiguous', 'sending', 'confirmed'] as const)
          await store().moveBatch('run-1', 0, state)
        expect(await store().batches('run-1')).toEqual([
          batch({ state: 'confirmed', attempts: 2 }),
          batch({ index: 1 }),
        ])
      })

      it('refuses to move a batch that is not there', async () => {
        await expect(store().moveBatch('run-1', 7, 'sending')).rejects.toThrow(/internal.unexpected/)
      })

      it('refuses a second intent for the same batch and stores none of its neighbours', async () => {
        await store().createBatches([batch()])
        await expect(store().createBatches([batch({ index: 1 }), batch()])).rejects.toThrow(
          /internal.unexpected/,
        )
        expect(await store().batches('run-1')).toHaveLength(1)
      })

      it('refuses batches of a run that is not there', async () => {
        await expect(store().createBatches([batch({ runId: 'run-9' })])).rejects.toThrow(
          /internal.unexpected/,
        )
      })
    })

    describe('positions and settings', () => {
      it.each([null, 0, '', 'after=2', { page: 3, ids: ['1'] }, [1, 'a', null]])(
        'gives back the checkpoint %j',
        async (cursor) => {
          expect(await store().checkpoint('shop')).toBeUndefined()
          await store().writeCheckpoint('shop', 'older')
          await store().writeCheckpoint('shop', cursor)
          await subject.reopen()
          expect(await store().checkpoint('shop')).toEqual(cursor)
          expect(await store().checkpoint('other')).toBeUndefined()
        },
      )

      it('remembers the audience by the id the platform gave, with and without an address', async () => {
        const audience = { externalId: '120', name: 'Big spenders' }
        await store().writeAudience('s', { ...audience, url: 'https://example.com/120' })
        expect(await store().audience('s')).toEqual({ ...audience, url: 'https://example.com/120' })
        await store().writeAudience('s', audience)
        await subject.reopen()
        expect(await store().audience('s')).toEqual(audience)
        expect(await store().audience('t')).toBeUndefined()
      })

      it('keeps settings', async () => {
        expect(await store().setting('mappings')).toBeUndefined()
        await store().writeSetting('mappings', 'a')
        await store().writeSetting('mappings', "b'; DROP TABLE setting; --")
        await subject.reopen()
        expect(await store().setting('mappings')).toBe("b'; DROP TABLE setting; --")
      })
    })

    describe('audit', () => {
      it('numbers entries from 1 and chains them, across a restart', async () => {
        const first = await store().appendAudit(fact('run_started'))
        await subject.reopen()
        const second = await store().appendAudit(fact('plan_approved'))
        expect([first.number, second.number]).toEqual([1, 2])
        expect(second.previousHash).toBe(first.hash)
        expect(verifyChain(await store().auditEntries(), sha256)).toMatchObject({ ok: true })
      })

      it('gives back exactly the entry it returned', async () => {
        const entry = await store().appendAudit(fact('run_started'))
        await subject.reopen()
        expect(await store().auditEntries()).toEqual([entry])
      })

      it('reads a range', async () => {
        for (const action of ['a', 'b', 'c', 'd']) await store().appendAudit(fact(action))
        const range = await store().auditEntries({ from: 2, limit: 2 })
        expect(range.map(({ action }) => action)).toEqual(['b', 'c'])
      })

      it('keeps the chain whole when many append at once', async () => {
        await Promise.all(Array.from({ length: 50 }, (_, number) => store().appendAudit(fact(`a${number}`))))
        expect(verifyChain(await store().auditEntries(), sha256)).toMatchObject({
          ok: true,
          head: { number: 50 },
        })
      })
    })
  })
}
