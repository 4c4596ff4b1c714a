import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { describeControlStore } from './suite.ts'

const clock = createFixedClock('2026-11-22T08:00:00Z')

describeControlStore('sqlite', async () => {
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
})

describeControlStore('sqlite in memory', async () => {
  const store = await openControlStore(':memory:', clock)
  return {
    store: () => store,
    // A store in memory has no second life: the suite's restarts are then no restarts.
    reopen: () => Promise.resolve(),
    remove: () => store.close(),
  }
})
