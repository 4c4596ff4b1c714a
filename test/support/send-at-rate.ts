import { setTimeout as wait } from 'node:timers/promises'
import { Pool } from 'undici'

export interface SendingAtRate {
  readonly url: string
  /** A write key. */
  readonly key: string
  readonly perSecond: number
  readonly seconds: number
  /** Told at the beginning of each second, the first being 0. */
  readonly onSecond?: (second: number) => void
}

export interface SentAtRate {
  /** Status of the answer to each event, by its message id. */
  readonly answers: ReadonlyMap<string, number>
  /** Events sent, by the time that sending took. */
  readonly perSecond: number
}

/** A hundredth of a second: a rate that is even enough, with timers of a millisecond. */
const stepMs = 10

const path = '/v1/track'
const filler = 'x'.repeat(4_000)

/**
 * Sends events of some 4 KB, each in a request of its own and at its time, whether or not those before it were answered: a server that
 * slows down gets no slower senders. Waits for all answers.
 */
export async function sendAtRate({ url, key, onSecond, ...wanted }: SendingAtRate): Promise<SentAtRate> {
  const pool = new Pool(url, { connections: 100, pipelining: 1 })
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const answers = new Map<string, number>()
  const send = async (messageId: string): Promise<void> => {
    const sent = JSON.stringify({ messageId, event: 'open', userId: filler })
    const { statusCode, body } = await pool.request({ method: 'POST', path, headers, body: sent })
    await body.dump()
    answers.set(messageId, statusCode)
  }
  const total = wanted.perSecond * wanted.seconds
  const sending: Promise<void>[] = []
  const startedAt = performance.now()
  let second = -1
  while (sending.length < total) {
    const elapsed = performance.now() - startedAt
    for (; second < Math.min(Math.floor(elapsed / 1_000), wanted.seconds - 1); onSecond?.(second)) second += 1
    const due = Math.min(total, Math.ceil((elapsed * wanted.perSecond) / 1_000))
    while (sending.length < due) sending.push(send(`event-${sending.length}`))
    await wait(stepMs)
  }
  const perSecond = Math.round((total * 1_000) / (performance.now() - startedAt))
  await Promise.all(sending)
  await pool.close()
  return { answers, perSecond }
}
