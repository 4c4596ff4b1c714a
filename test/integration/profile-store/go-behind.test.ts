import { once } from 'node:events'
import { getPriority } from 'node:os'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const asker = `
  const { readlinkSync } = require('node:fs')
  const { getPriority } = require('node:os')
  const { parentPort, workerData } = require('node:worker_threads')
  const own = () => getPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)))
  void import(workerData).then(({ goBehind }) => {
    const before = own()
    goBehind()
    goBehind()
    parentPort.postMessage([before, own()])
  })`

describe.skipIf(process.platform !== 'linux')('a thread whose work may wait', () => {
  it('goes behind the others of its process, and moves none of them', async () => {
    const url = new URL('../../../hub-server/warehouse/profile/go-behind.ts', import.meta.url)
    const main = getPriority(process.pid)
    const worker = new Worker(asker, { eval: true, workerData: url.href })
    const [before, after] = z.tuple([z.int(), z.int()]).parse((await once(worker, 'message'))[0])
    await worker.terminate()
    expect(after).toBe(Math.max(before, 10))
    expect(getPriority(process.pid)).toBe(main)
  })
})
