import { toSaid } from '../../../core/connector/to-said.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { PlatformErrorCode } from '../../../core/errors/error-codes.ts'
import { quotaWait } from '../error-table.ts'

/** `error_code` of a session that the server has given up: a new one goes on from the last replay id. */
export const unknownClient = 'UNKNOWN_CLIENT'
/** `error_code` of a replay id that is no longer kept (72 hours). */
export const invalidReplayId = 'INVALID_REPLAY_ID'

interface Meaning {
  readonly words: RegExp
  readonly code: PlatformErrorCode
  readonly errorCode: string
  readonly remedy?: string
}

const channelRemedy =
  'In Salesforce: Setup › Change Data Capture: select the objects, or add them to the channel that "change_channel" names, and give the integration user View All on them (View All Data for /data/ChangeEvents).'

/**
 * What the server refuses with, by its words, in the order in which they are tried
 * (https://developer.salesforce.com/docs/atlas.en-us.api_streaming.meta/api_streaming/streaming_error_codes.htm).
 */
const meanings: readonly Meaning[] = [
  { words: /^401::/, code: 'platform.auth_expired', errorCode: 'AUTHENTICATION_INVALID' },
  { words: /unknown client/i, code: 'platform.transient', errorCode: unknownClient },
  { words: /replayId\b.*\binvalid/i, code: 'platform.not_found', errorCode: invalidReplayId },
  { words: /daily limit/i, code: 'platform.quota_exhausted', errorCode: 'EVENTS_DAILY_LIMIT' },
  // Places of other apps free up by themselves: the next read tries again, and nothing waits for it.
  { words: /limit exceeded/i, code: 'platform.transient', errorCode: 'CONCURRENT_CLIENTS_LIMIT' },
  { words: /^5\d\d::/, code: 'platform.transient', errorCode: 'SERVER_UNAVAILABLE' },
  {
    words: /^40[34]:|channel|denied|not authorized|permission/i,
    code: 'platform.permission_missing',
    errorCode: 'CHANNEL_REFUSED',
    remedy: channelRemedy,
  },
]

/** The error that a Bayeux message with `successful: false` means. `params.error_code` is one of ours: Bayeux has only words. */
export function toCometdError(
  refusal: string,
  call: { readonly act: string; readonly now: number },
): PlatformError {
  const meaning = meanings.find(({ words }) => words.test(refusal))
  const code = meaning?.code ?? 'platform.invalid_request'
  return new PlatformError(
    code,
    {
      act: call.act,
      said: toSaid(refusal),
      ...(meaning && { error_code: meaning.errorCode }),
      ...(meaning?.remedy !== undefined && { remedy: meaning.remedy }),
    },
    code === 'platform.quota_exhausted' ? quotaWait(call.now) : {},
  )
}
