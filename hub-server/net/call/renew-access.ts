import type { TokenUsage } from '../credentials-keeper.ts'
import type { CallLayer } from './call-layer.ts'

/** The one in memory, one that another process stored meanwhile, and a new one. */
const mostTokens = 3

/**
 * Notes which token a request used. A refused one was not used for anything, so the request may be sent again with another. One that the
 * platform has just given and refuses is for a person to mend; one that another process stored may be dead too, and says nothing.
 */
export const renewAccess: CallLayer = (next, { credentials }) => {
  if (!credentials) return next
  return async (request) => {
    for (let tokens = 1, isNew = false; ; tokens += 1) {
      const usage: TokenUsage = {}
      const answer = await credentials.track(usage, () => next(request))
      const refused = answer.error?.code === 'platform.auth_expired' ? usage.token : undefined
      if (refused === undefined || isNew || tokens === mostTokens) return answer
      isNew = await credentials.renew(refused)
    }
  }
}
