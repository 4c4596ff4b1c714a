import type { SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { readFields, showNode } from './request-parameters.ts'
import type { SandboxAccount } from './sandbox-account.ts'

/** `/me`, `/me/permissions` and `/act_{id}`. */
export function accountRoutes(account: SandboxAccount): readonly SandboxRoute[] {
  return [
    {
      method: 'GET',
      pattern: /^\/v\d+\.\d+\/me$/,
      answer: (request) => ({
        status: 200,
        body: showNode({ id: '122100000000000001', name: 'Sandbox system user' }, readFields(request)),
      }),
    },
    {
      method: 'DELETE',
      pattern: /^\/v\d+\.\d+\/me\/permissions$/,
      answer() {
        account.revoked = 458
        return { status: 200, body: { success: true } }
      },
    },
    {
      method: 'GET',
      pattern: /^\/v\d+\.\d+\/me\/permissions$/,
      answer: () => ({
        status: 200,
        body: { data: account.permissions.map((permission) => ({ permission, status: 'granted' })) },
      }),
    },
    {
      method: 'GET',
      pattern: /^\/v\d+\.\d+\/act_\d+$/,
      answer: (request) => {
        const accepted = {
          ...(account.termsAccepted && { custom_audience_tos: 1 }),
          ...(account.valueTermsAccepted && { value_based_custom_audience_tos: 1 }),
        }
        const hasTerms = account.termsAccepted || account.valueTermsAccepted
        const terms = hasTerms ? { tos_accepted: accepted, user_tos_accepted: accepted } : {}
        const node = {
          id: account.id,
          account_id: account.id.replace('act_', ''),
          timezone_name: account.timeZone,
          ...terms,
        }
        return { status: 200, body: showNode(node, readFields(request)) }
      },
    },
  ]
}
