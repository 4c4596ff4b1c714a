/** Maps Salesforce's refusals to the hub's codes: the only file that knows what its errors look like. */
import { z } from 'zod'
import { toSaid } from '../../core/connector/to-said.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { PlatformErrorCode } from '../../core/errors/error-codes.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'
import { byErrorCode, byStatus, judgeLimit, limitCode, quotaWait, type Verdict } from './error-table.ts'

/** An array of errors, of which the first is the reason; `MULTIPLE_API_ERRORS` do not concern us. */
const errorBody = z
  .array(z.object({ message: z.string().default(''), errorCode: z.string().default('') }))
  .min(1)

/** What is known about the request whose answer is classified. */
export interface ClassifiedCall {
  readonly act: string
  /** Epoch milliseconds. */
  readonly now: number
  /** Codes that differ from the table for this request, by Salesforce's code or by status. */
  readonly codes?: Readonly<Record<string, PlatformErrorCode>>
}

/** 401 answers that no new token cures: the app's or the user's policy is at fault (jsforce refreshes on them for ever). */
const policyRefusals = ['This session is not valid for use with the REST API', 'app is not attached to']

const isPolicy = (message: string): boolean => policyRefusals.some((words) => message.includes(words))

/**
 * The error that an answer means, or undefined for a success (2xx, and 304 for what has not changed). `params`: act, status, said,
 * error_code. Maintenance pages are HTML: under a 5xx they are transient, whatever they say.
 */
export function toPlatformError(reply: PlatformReply, call: ClassifiedCall): PlatformError | undefined {
  const { status } = reply
  if ((status >= 200 && status < 300) || status === 304) return undefined
  const [{ errorCode, message } = { errorCode: '', message: '' }] = errorBody.safeParse(reply.body).data ?? []
  const { code, wait = {} } = judge(status, { errorCode, message }, call)
  const said = toSaid([errorCode, message].filter((part) => part !== '').join(': '))
  return new PlatformError(
    code,
    {
      act: call.act,
      status,
      ...(said !== '' && { said }),
      ...(/^[A-Z_]{1,64}$/.test(errorCode) && { error_code: errorCode }),
    },
    wait,
  )
}

function judge(
  status: number,
  error: { readonly errorCode: string; readonly message: string },
  call: ClassifiedCall,
): Verdict {
  const { errorCode, message } = error
  if (errorCode === limitCode || status === 429) return judgeLimit(message, call.now)
  const own = ownCode(call, errorCode, status)
  if (own) return { code: own }
  if (status === 401 && isPolicy(message)) return { code: 'platform.permission_missing' }
  if (status >= 500) return { code: 'platform.transient' }
  const code = byErrorCode[errorCode] ?? byStatus[status] ?? 'platform.invalid_request'
  return code === 'platform.quota_exhausted' ? { code, wait: quotaWait(call.now) } : { code }
}

const ownCode = (call: ClassifiedCall, errorCode: string, status: number): PlatformErrorCode | undefined =>
  call.codes?.[errorCode] ?? call.codes?.[String(status)]
