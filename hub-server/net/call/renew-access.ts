import type { TokenUsage } from '../credentials-keeper.ts'
import type { CallLayer } from './call-layer.ts'

/**
 * Notes which token a request used. A refused one was not used for anything, so the request may be sent again with a new one, once. A
 * second refusal is for a person to mend.
 */
export const renewAccess: CallLayer = (next, { credentials }) => {
  if (!credentials) return next
  return async (request) => {
    const usage: TokenUsage = {}
    const answer = await credentials.track(usage, () => next(request))
    if (answer.error?.code !== 'platform.auth_expired' || usage.token === undefined) return answer
    await credentials.renew(usage.token)
    return credentials.track({}, () => next(request))
  }
}
