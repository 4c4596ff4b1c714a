import type { ErrorParams } from '../../core/errors/affluent-error.ts'
import type { ErrorCode } from '../../core/errors/error-codes.ts'

/** Codes of faults in what the caller sent: their params repeat it, and the names of manifests. */
const ownWords = /^(?:manifest|segment|trait|enrichment|identity|usage|connector)\./

/** Params that name a place of this machine, or hold the words of somebody else. */
const foreign = new Set(['act', 'file', 'said', 'remedy', 'reason', 'place', 'folder', 'address'])

/** Params that hold words of our own, whatever the code. */
const ours = new Set(['permission', 'problem', 'request'])

/**
 * What of an error's params may leave the hub: numbers, words of our own and, of errors about what the caller sent, that. Others can hold
 * paths or a platform's text.
 */
export function safeParams({
  code,
  params,
}: {
  readonly code: ErrorCode
  readonly params: ErrorParams
}): ErrorParams {
  const isOwn = ownWords.test(code)
  return Object.fromEntries(
    Object.entries(params).filter(
      ([name, value]) => typeof value === 'number' || ours.has(name) || (isOwn && !foreign.has(name)),
    ),
  )
}
