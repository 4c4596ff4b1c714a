import type { Refusal, RefusalKind } from './harness.ts'

/** A person whom the platform quotes in its refusals; nothing of it may come out of the connector. */
export const quoted = 'quoted.person@example.com'
const body = { message: `Value "${quoted}" is not accepted`, error: `Value "${quoted}" is not accepted` }

/** How a platform refuses that keeps to HTTP's own words. */
export const plainRefusals: Record<RefusalKind, Refusal> = {
  unauthorised: { reply: { status: 401, body }, codes: ['platform.auth_expired'] },
  forbidden: { reply: { status: 403, body }, codes: ['platform.permission_missing'] },
  rate_limited: {
    reply: { status: 429, headers: { 'retry-after': '7' }, body },
    codes: ['platform.rate_limited', 'platform.quota_exhausted'],
  },
  bad_request: {
    reply: { status: 400, body },
    codes: ['platform.invalid_request', 'platform.batch_refused'],
  },
  not_found: { reply: { status: 404, body }, codes: ['platform.not_found', 'platform.audience_unusable'] },
  server_error: { reply: { status: 503, body }, codes: ['platform.transient'] },
}
