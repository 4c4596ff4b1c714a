import { Worker } from 'node:worker_threads'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { createBlockNormaliser, normalisedBlock, type NormalisedBlock } from './normalise-block.ts'
import type { StreamPlan } from './stream-plan.ts'

/** Normalises blocks of records, several at a time. */
export interface NormalisePool {
  /** `text` and `firstRecord`: see `NormaliseBlock`. */
  normalise(plan: number, text: string, firstRecord?: number): Promise<NormalisedBlock>
  close(): Promise<void>
}

/** For a few records starting threads would take longer than the work: they are done on the spot. */
export function createInlinePool(plans: readonly StreamPlan[]): NormalisePool {
  const normalisers = plans.map(createBlockNormaliser)
  return {
    normalise(plan, text, firstRecord) {
      const normalise = normalisers[plan]
      if (!normalise) throw new RangeError(`no plan ${plan}`)
      return Promise.resolve(normalise(text, firstRecord))
    },
    close: () => Promise.resolve(),
  }
}

interface Task {
  readonly message: {
    readonly plan: number
    readonly text: string
    readonly firstRecord: number | undefined
  }
  readonly resolve: (block: NormalisedBlock) => void
  readonly reject: (error: AffluentError) => void
}

/** A block and its columns take about 30 MB; without a limit each thread would let ten times as much garbage gather. */
const threadLimits = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 }

const startThread = (plans: readonly StreamPlan[]): Worker =>
  new Worker(new URL('./normalise-worker.ts', import.meta.url), {
    workerData: plans,
    resourceLimits: threadLimits,
  })

/** Starts `size` worker threads; they live until `close`. A thread that dies rejects what it had in hand and what still waits. */
export function createWorkerPool(plans: readonly StreamPlan[], size: number): NormalisePool {
  const waiting: Task[] = []
  const idle: Worker[] = []
  const inHand = new Map<Worker, Task>()
  let failure: AffluentError | undefined

  /** A thread without work keeps no process alive. */
  const release = (worker: Worker): void => {
    worker.unref()
    idle.push(worker)
  }
  const dispatch = (): void => {
    while (idle.length > 0 && waiting.length > 0) {
      const worker = idle.pop()
      const task = waiting.shift()
      if (!worker || !task) return
      inHand.set(worker, task)
      worker.ref()
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage(task.message)
    }
  }
  const fail = (cause: unknown): void => {
    failure = new AffluentError('internal.unexpected', { act: 'normalising source records' }, { cause })
    for (const task of [...inHand.values(), ...waiting.splice(0)]) task.reject(failure)
    inHand.clear()
  }
  const settle = (worker: Worker, message: unknown): void => {
    const task = inHand.get(worker)
    inHand.delete(worker)
    release(worker)
    task?.resolve(normalisedBlock.parse(message))
    dispatch()
  }
  const workers = Array.from({ length: size }, () => {
    const worker = startThread(plans)
    worker.on('message', (message: unknown) => settle(worker, message))
    worker.on('error', fail)
    release(worker)
    return worker
  })
  return {
    normalise: (plan, text, firstRecord) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure)
        waiting.push({ message: { plan, text, firstRecord }, resolve, reject })
        dispatch()
      }),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}
