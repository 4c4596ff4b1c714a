import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { describeInbox } from './inbox-suite.ts'
import { describeControlStore, type StoreUnderTest } from './suite.ts'

const clock = createFixedClock('2026-11-22T08:00:00Z')

async function openFile(): Promise<StoreUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'affluent-store-'))
  const path = join(folder, 'control.sqlite')
  let store = await openControlStore(path, clock)
  return {
    store: () => store,
    async reopen() {
      await store.close()
      store = await openControlStore(path, clock)
    },
    async remove() {
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}

async function openMemory(): Promise<StoreUnderTest> {
  const store = await openControlStore(':memory:', clock)
  return {
    store: () => store,
    // A store in memory has no second life: the suite's restarts are then no restarts.
    reopen: () => Promise.resolve(),
    remove: () => store.close(),
  }
}

for (const describeSuite of [describeControlStore, describeInbox]) {
  describeSuite('sqlite', openFile)
  describeSuite('sqlite in memory', openMemory)
}
