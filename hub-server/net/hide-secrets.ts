import type { TokenGrant } from '../../core/connector/credentials.ts'
import { createHider, hideInError, type HideValues } from '../../core/connector/hide-values.ts'
import type { JsonValue } from '../../core/port/json.ts'
import type { CallPlatform } from '../../core/port/platform-caller.ts'

/** Shorter texts are words: a user name, a country. */
const leastSecret = 8

const instead = '[secret]'

const asItIs: HideValues = (words) => words

/** What one connection must never tell, as it becomes known. */
export interface KnownSecrets {
  /** Notes what a reference of the configuration stands for, a code, a token. */
  add(...secrets: readonly (string | undefined)[]): void
  addGrant<Grant extends TokenGrant | undefined>(grant: Grant): Grant
  readonly hide: HideValues
}

/** A list of secrets that grows: tokens come and go while a connection is open. */
export function createKnownSecrets(): KnownSecrets {
  const known = new Set<string>()
  let hider = asItIs
  const add: KnownSecrets['add'] = (...secrets) => {
    const before = known.size
    for (const secret of secrets)
      if (secret !== undefined) for (const form of formsOf(secret)) known.add(form)
    if (known.size > before) hider = createHider(known, instead)
  }
  return {
    add,
    addGrant(grant) {
      add(grant?.accessToken, grant?.refreshToken)
      return grant
    },
    hide: (words) => hider(words),
  }
}

/** As it is, as it stands in an address or in JSON, and its parts: a platform may quote one up to the first quotation mark. */
function formsOf(secret: string): string[] {
  const forms = [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    ...(secret.match(/[\w-]+/g) ?? []),
  ]
  return forms.filter((form) => form.length >= leastSecret)
}

/** Adds every text of a configuration that references put there. */
export function addReferred(secrets: KnownSecrets, written: JsonValue, resolved: JsonValue): void {
  if (typeof resolved === 'string' && resolved !== written) return secrets.add(resolved)
  if (typeof resolved !== 'object' || resolved === null) return undefined
  const before = new Map(typeof written === 'object' && written !== null ? Object.entries(written) : [])
  for (const [key, value] of Object.entries(resolved)) addReferred(secrets, before.get(key) ?? null, value)
  return undefined
}

/**
 * A way to the platform that hands no secret back: refusals are cleaned before the connector reads them, so nothing that it shortens or quotes can
 * hold one, and errors once more. Answers that are no refusals are left alone: new access is in them.
 */
export function hideSecrets(call: CallPlatform, { hide }: KnownSecrets): CallPlatform {
  return async (wanted) => {
    try {
      return await call({
        ...wanted,
        async send(signal) {
          const reply = await wanted.send(signal)
          return reply.status < 400 ? reply : { ...reply, body: hideInside(reply.body, hide) }
        },
        classify: (reply) => wanted.classify(reply),
      })
    } catch (thrown) {
      throw hideInError(thrown, hide)
    }
  }
}

function hideInside(body: unknown, hide: HideValues): unknown {
  if (typeof body === 'string') return hide(body)
  if (Array.isArray(body)) return body.map((item) => hideInside(item, hide))
  if (typeof body !== 'object' || body === null) return body
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, hideInside(value, hide)]))
}
