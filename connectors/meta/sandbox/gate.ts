import { createHmac } from 'node:crypto'
import { z } from 'zod'
import type { SandboxReply, SandboxRequest } from '../../sandbox-kit/sandbox-server.ts'
import { graphError, noSuchObject } from './graph-error.ts'
import { readParameters } from './request-parameters.ts'
import type { SandboxAccount } from './sandbox-account.ts'
import { strangerToken } from './stranger-token.ts'

export interface GateOptions {
  readonly accessToken: string
  readonly appSecret: string | undefined
}

/** Longest address that a front server passes on; beyond it comes a page instead of JSON. */
const maxAddress = 8192

/** Where people and apps ask for access itself. */
const isLogin = (path: string): boolean => /\/(?:dialog\/oauth|oauth\/access_token|debug_token)$/.test(path)

/** What every call must pass: address, version, token, proof, permission, and the right ad account. */
export function refuseAtGate(
  account: SandboxAccount,
  options: GateOptions,
  request: SandboxRequest,
): SandboxReply | undefined {
  if (request.path.length + request.query.toString().length > maxAddress)
    return { status: 414, body: '<!DOCTYPE html><html><title>414 Request-URI Too Large</title></html>' }
  if (isLogin(request.path)) return refuseVersion(account, request.path)
  return (
    refuseVersion(account, request.path) ??
    refuseToken(account, options, request) ??
    refuseScope(account, request)
  )
}

/** Instants at which Marketing API versions ended: section 1.1 of the platform notes. */
const ends: readonly (readonly [number, string])[] = [
  [21, '2025-09-09'],
  [22, '2026-02-19'],
  [23, '2026-06-09'],
  [24, '2026-10-06'],
]

function endedVersions(account: SandboxAccount): number {
  const today = account.clock.now()
  return Math.max(20, ...ends.filter(([, day]) => Date.parse(day) <= today).map(([version]) => version))
}

const versionOf = (path: string): number => Number(/^\/v(\d+)\.\d+\//.exec(path)?.[1] ?? 0)

/** The newest ended version is still served, as the next one and with a warning; older ones are not. */
function refuseVersion(account: SandboxAccount, path: string): SandboxReply | undefined {
  if (versionOf(path) >= endedVersions(account)) return undefined
  return graphError({ code: 2635, message: 'You are calling a deprecated version of the Ads API.' })
}

/** Header of an answer that was given by the next version, or nothing. */
export function versionWarning(account: SandboxAccount, path: string): Readonly<Record<string, string>> {
  const version = versionOf(path)
  if (version === 0 || version > endedVersions(account)) return {}
  return { 'x-ad-api-version-warning': `The call has been auto-upgraded to v${version + 1}.0.` }
}

function refuseToken(
  account: SandboxAccount,
  options: GateOptions,
  request: SandboxRequest,
): SandboxReply | undefined {
  const parameters = readParameters(request)
  const token = z.string().catch('').parse(parameters['access_token'])
  if (account.revoked !== undefined) return badToken(account.revoked)
  const isStranger = strangerToken.personOf(options.accessToken, token) !== undefined
  if (token !== options.accessToken && !isStranger) return badToken(467)
  if (!isProven(options.appSecret, token, parameters['appsecret_proof']))
    return graphError({ code: 100, message: 'Invalid appsecret_proof provided in the API argument' })
  return isStranger && !isOwn(request.path) ? noSuchObject(account.id) : undefined
}

function isProven(appSecret: string | undefined, token: string, proof: unknown): boolean {
  return appSecret === undefined || proof === createHmac('sha256', appSecret).update(token).digest('hex')
}

/** What concerns the person behind the token alone. */
const isOwn = (path: string): boolean => /\/me(?:\/|$)/.test(path)

const badToken = (subcode: number): SandboxReply =>
  graphError({ code: 190, subcode, status: 401, message: 'Error validating access token.' })

function refuseScope(account: SandboxAccount, request: SandboxRequest): SandboxReply | undefined {
  const called = /^\/v\d+\.\d+\/(act_\d+)/.exec(request.path)?.[1]
  if (called !== undefined && called !== account.id) return noSuchObject(called)
  // A report run is started by POST and changes nothing.
  const isReading = request.method === 'GET' || request.path.endsWith('/insights')
  const needed = isReading ? 'ads_read' : 'ads_management'
  if (isOwn(request.path) || [needed, 'ads_management'].some((each) => account.permissions.includes(each)))
    return undefined
  return graphError({
    code: 200,
    status: 403,
    message: `Requires ${needed} permission to manage the object.`,
  })
}
