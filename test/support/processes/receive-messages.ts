/**
 * A process that takes messages of platforms into a control store which others have open too. Argument: JSON with `hub` ("inbox" or
 * "canvas"), the `path` of the store and `now`, epoch milliseconds, at which its clock stands. Prints its address, then "effect" for each
 * signal that it kept as new and for each card that it read.
 */
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { createFixedClock } from '../fixed-clock.ts'
import type { ReceiverOrder } from '../start-receiver.ts'

const { hub, path, now } = JSON.parse(process.argv[2] ?? '{}') as ReceiverOrder
const clock = createFixedClock(now)
// Written before the message is answered: a pipe takes it at once.
const tellEffect = (): void => void process.stdout.write('effect\n')

async function listenForWebhooks(): Promise<string> {
  const { aHub } = await import('../../integration/inbox/a-hub.ts')
  const store = await openControlStore(path, clock)
  const { api } = await aHub(clock, {
    store: {
      ...store,
      async keepSignals(told) {
        const kept = await store.keepSignals(told)
        for (let count = 0; count < kept.fresh; count += 1) tellEffect()
        return kept
      },
    },
  })
  return api.server.url
}

async function listenForEnvelopes(): Promise<string> {
  const { aCanvasHub } = await import('../../integration/canvas/a-canvas-hub.ts')
  const { url } = await aCanvasHub(clock, {
    path,
    readCard() {
      tellEffect()
      return undefined
    },
  })
  return url
}

const url = await (hub === 'canvas' ? listenForEnvelopes() : listenForWebhooks())
process.stdout.write(`${url}\n`)
