/**
 * Worker thread: normalises blocks of raw records. Phone numbers cost about as much as all other work of a pull together, so they
 * are spread over the cores. Gets the plans as `workerData`, then messages { plan, text, firstRecord }; answers each with a `NormalisedBlock`.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { goBehind } from './go-behind.ts'
import { createBlockNormaliser, type NormaliseBlock } from './normalise-block.ts'
import { streamPlans } from './worker-message.ts'

const request = z.object({
  plan: z.int().min(0),
  text: z.string(),
  firstRecord: z.int().optional(),
})
goBehind()
const plans = streamPlans.parse(workerData)
const normalisers = new Map<number, NormaliseBlock>()

function normaliserOf(index: number): NormaliseBlock {
  const known = normalisers.get(index)
  if (known) return known
  const plan = plans[index]
  if (!plan) throw new RangeError(`no plan ${index}`)
  const normalise = createBlockNormaliser(plan)
  normalisers.set(index, normalise)
  return normalise
}

parentPort?.on('message', (message: unknown) => {
  const { plan, text, firstRecord } = request.parse(message)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(normaliserOf(plan)(text, firstRecord))
})
