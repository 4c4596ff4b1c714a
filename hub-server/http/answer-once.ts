import { createHash } from 'node:crypto'
import { z } from 'zod'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { RequestStore } from '../../core/port/request-store.ts'
import type { Sealer } from '../../core/port/sealer.ts'

/** An answer as it is sent. */
export interface WireAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** A request that is to be carried out once, however often it comes. */
export interface OnceRequest {
  /** The header Idempotency-Key. */
  readonly key: string | undefined
  /** Two callers may choose the same key. */
  readonly caller: string
  readonly route: string
  /** Everything that decides what is done: address and body. */
  readonly content: readonly (string | Uint8Array)[]
}

export interface OncePorts {
  readonly store: Pick<RequestStore, 'claimRequest' | 'keepAnswer' | 'releaseRequest' | 'forgetRequests'>
  readonly sealer: Sealer
  readonly clock: Clock
}

const keptMs = 86_400_000
const keyForm = /^[\w-]{8,128}$/
const answerSchema = z.object({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.unknown(),
})

/**
 * Carries a request out, or gives the answer again that its key was answered with in the last 24 hours. What was refused or failed is not
 * kept, so that it can be corrected and sent again under its key. Throws `api.idempotency_key_missing`, `…_reused`, `…_in_progress`.
 * After the IETF draft "The Idempotency-Key HTTP Header Field", 07 (October 2025).
 */
export function createAnswerOnce({
  store,
  sealer,
  clock,
}: OncePorts): (request: OnceRequest, work: () => Promise<WireAnswer>) => Promise<WireAnswer> {
  return async ({ key, caller, route, content }, work) => {
    if (key === undefined || !keyForm.test(key)) throw new AffluentError('api.idempotency_key_missing')
    const name = digestOf([caller, route, key])
    const digest = digestOf(content)
    const place = `kept_request/${name}`
    await store.forgetRequests(clock.now() - keptMs)
    const kept = await store.claimRequest(name, digest, clock.now())
    if (kept && kept.digest !== digest) throw new AffluentError('api.idempotency_key_reused')
    if (kept?.sealedAnswer === null) throw new AffluentError('api.idempotency_in_progress')
    if (kept) {
      const answer = answerSchema.parse(JSON.parse(sealer.open(kept.sealedAnswer, place)))
      return { ...answer, headers: { ...answer.headers, 'Idempotent-Replayed': 'true' } }
    }
    try {
      const answer = await work()
      await store.keepAnswer(name, sealer.seal(JSON.stringify(answer), place))
      return answer
    } catch (error) {
      await store.releaseRequest(name)
      throw error
    }
  }
}

/** Parts are told apart by their length, so that no two lists of parts have one digest. */
function digestOf(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) {
    const bytes = Buffer.from(part)
    hash.update(`${bytes.length}:`).update(bytes)
  }
  return hash.digest('hex')
}
