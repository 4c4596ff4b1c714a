import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { noSuchObject, wrongParameter } from './graph-error.ts'
import { readFields, readObject, readParameters, showNode } from './request-parameters.ts'
import { record, type SandboxAccount } from './sandbox-account.ts'

/** `/{adset}`: read, and write of the targeting (section 1.5 of the platform notes). Ad set ids begin with 1202. */
export function adSetRoutes(account: SandboxAccount): readonly SandboxRoute[] {
  const node = /^\/v\d+\.\d+\/(?<adset>1202\d+)$/
  return [
    { method: 'GET', pattern: node, answer: (request) => showAdSet(account, request) },
    { method: 'POST', pattern: node, answer: (request) => writeAdSet(account, request) },
  ]
}

function showAdSet(account: SandboxAccount, request: SandboxRequest): SandboxReply {
  const id = request.params['adset'] ?? ''
  const targeting = account.adSets.get(id)
  if (!targeting) return noSuchObject(id)
  const adSet = { id, account_id: account.id.replace('act_', ''), targeting }
  return { status: 200, body: showNode(adSet, readFields(request)) }
}

const most = 500

function writeAdSet(account: SandboxAccount, request: SandboxRequest): SandboxReply {
  const id = request.params['adset'] ?? ''
  if (!account.adSets.has(id)) return noSuchObject(id)
  const { targeting: given, execution_options: options } = readParameters(request)
  const targeting = readObject(given)
  if (!targeting) return wrongParameter('Param targeting must be an object.')
  // From v23 on it must be set explicitly.
  if (readObject(targeting['targeting_automation'])?.['advantage_audience'] === undefined)
    return wrongParameter('The Advantage audience flag is required.')
  const excluded = targeting['excluded_custom_audiences']
  if (Array.isArray(excluded) && excluded.length > most)
    return wrongParameter('Param targeting[excluded_custom_audiences] has too many audiences.')
  const isDry = Array.isArray(options) && options.includes('validate_only')
  if (!isDry) {
    // The whole object is replaced: what is left out is gone.
    account.adSets.set(id, targeting)
    record(account, 'adset_targeting', id)
  }
  return { status: 200, body: { success: true } }
}
