import { AsyncLocalStorage } from 'node:async_hooks'
import { z } from 'zod'
import type { Credentials, TokenGrant } from '../../core/connector/credentials.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import { accessPlace, type Sealer } from '../../core/port/sealer.ts'

/** A grant is renewed this long before its end, so that no request carries a token that dies on the way. */
const aheadMs = 120_000
/**
 * A process that died while renewing holds the others up for at most this long. Longer than the caller's five attempts of a minute each: a
 * lease that ends under a renewal would let a second process use the same refresh token, which some platforms answer by revoking all.
 */
const leaseMs = 6 * 60_000
const pollMs = 250

const grantSchema = z.object({
  accessToken: z.string(),
  expiresAt: z.number().nullable(),
  refreshToken: z.string().exactOptional(),
  facts: z.record(z.string(), z.string()),
})

export interface CredentialsKeeperOptions {
  readonly connection: string
  /** Asks the platform; see `ObtainGrant`. */
  readonly obtain: (previous: TokenGrant | undefined) => Promise<TokenGrant>
  readonly store: Pick<ControlStore, 'grant' | 'writeGrant' | 'leaseGrant' | 'releaseGrant'>
  readonly box: Sealer
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Names this process among those that share the store. */
  readonly holder: string
}

/** Which token the work inside `track` used, so that exactly that one is reported as refused. */
export interface TokenUsage {
  token?: string
}

export interface CredentialsKeeper extends Credentials {
  /** Runs `work` and notes the token it takes. */
  track<T>(usage: TokenUsage, work: () => Promise<T>): Promise<T>
  /**
   * The platform refused this token: renews, unless somebody has renewed it already. True: the platform has just given the one that is used
   * from now on; false: it was there, and may be long dead where the platform does not say how long it lives.
   */
  renew(refused: string): Promise<boolean>
  /** Puts another grant in the place of the last one, which is handed over: somebody authorised the account anew. Durable when it resolves. */
  replace(obtain: (previous: TokenGrant | undefined) => Promise<TokenGrant>): Promise<TokenGrant>
  /** Forgets the grant, after `end` was done with it. False: there was none. */
  forget(end: (grant: TokenGrant) => Promise<void>): Promise<boolean>
}

interface StoredGrant {
  readonly grant: TokenGrant | undefined
  readonly revision: number
}

interface Renewal {
  readonly grant: TokenGrant
  /** False: another process had stored it. */
  readonly isNew: boolean
}

/**
 * Keeps a connection's access alive: one renewal at a time across all processes (a lease in the control store), the new grant durable
 * before anybody uses it, the old refresh token kept when the platform hands out no new one.
 */
export function createCredentialsKeeper(options: CredentialsKeeperOptions): CredentialsKeeper {
  const usages = new AsyncLocalStorage<TokenUsage>()
  let known: TokenGrant | undefined
  let renewal: Promise<Renewal> | undefined

  const isGood = (grant: TokenGrant | undefined, refused: string | undefined): grant is TokenGrant =>
    grant !== undefined &&
    grant.accessToken !== refused &&
    (grant.expiresAt === null || grant.expiresAt - options.clock.now() > aheadMs)

  const renewOnce = (refused: string | undefined): Promise<Renewal> => {
    renewal ??= renewInTurn(options, (grant) => isGood(grant, refused)).finally(() => {
      renewal = undefined
    })
    return renewal
  }
  return {
    track: (usage, work) => usages.run(usage, work),
    async current() {
      if (!isGood(known, undefined)) known = (await renewOnce(undefined)).grant
      const usage = usages.getStore()
      if (usage) usage.token = known.accessToken
      return known
    },
    async renew(refused) {
      if (isGood(known, refused)) return false
      const { grant, isNew } = await renewOnce(refused)
      known = grant
      return isNew
    },
    async replace(obtain) {
      // Within one process the lease keeps nobody apart.
      await renewal?.catch(() => undefined)
      renewal = inTurn(options, (before) => obtainAndStore({ ...options, obtain }, before)).finally(() => {
        renewal = undefined
      })
      const { grant } = await renewal
      known = grant
      return grant
    },
    forget: (end) =>
      inTurn(options, async (before) => {
        if (!before?.grant) return false
        await end(before.grant)
        known = undefined
        await keep(options, null, before.revision)
        return true
      }),
  }
}

function renewInTurn(
  options: CredentialsKeeperOptions,
  isGood: (grant: TokenGrant | undefined) => grant is TokenGrant,
): Promise<Renewal> {
  const goodOne = (found: StoredGrant | undefined): Renewal | undefined =>
    isGood(found?.grant) ? { grant: found.grant, isNew: false } : undefined
  return inTurn(options, async (before) => goodOne(before) ?? obtainAndStore(options, before), goodOne)
}

/** Works on the stored grant as the only one among all processes. `spare`: what makes the work needless while we wait for our turn. */
async function inTurn<Result>(
  options: CredentialsKeeperOptions,
  work: (before: StoredGrant | undefined) => Promise<Result>,
  spare: (found: StoredGrant | undefined) => Result | undefined = () => undefined,
): Promise<Result> {
  const { store, connection, holder, clock, signal } = options
  const giveUpAt = clock.now() + 2 * leaseMs
  for (;;) {
    const spared = spare(await readStored(options))
    if (spared !== undefined) return spared
    if (await store.leaseGrant(connection, holder, clock.now() + leaseMs)) break
    if (clock.now() >= giveUpAt)
      throw new PlatformError('platform.transient', { act: 'renewing access', connection })
    await clock.sleep(pollMs, signal)
  }
  try {
    // Another process may have finished between our look and our lease.
    return await work(await readStored(options))
  } finally {
    await store.releaseGrant(connection, holder)
  }
}

async function obtainAndStore(
  options: CredentialsKeeperOptions,
  before: StoredGrant | undefined,
): Promise<Renewal> {
  const { obtain } = options
  const obtained = await obtain(before?.grant)
  const refreshToken = obtained.refreshToken ?? before?.grant?.refreshToken
  const grant: TokenGrant = { ...obtained, ...(refreshToken !== undefined && { refreshToken }) }
  await keep(options, grant, before?.revision ?? 0)
  return { grant, isNew: true }
}

/** Null: access was ended. That is kept like a grant, so that no earlier one fits its place any more. */
async function keep(
  { store: { writeGrant }, box, connection }: CredentialsKeeperOptions,
  grant: TokenGrant | null,
  over: number,
): Promise<void> {
  const sealed = box.seal(JSON.stringify(grant), accessPlace(connection, over + 1))
  if (!(await writeGrant(connection, sealed, over)))
    throw new PlatformError('platform.transient', { act: 'storing renewed access', connection })
}

async function readStored({
  store,
  box,
  connection,
}: CredentialsKeeperOptions): Promise<StoredGrant | undefined> {
  const stored = await store.grant(connection)
  if (!stored) return undefined
  const text = box.open(stored.sealed, accessPlace(connection, stored.revision))
  return { grant: grantSchema.nullable().parse(JSON.parse(text)) ?? undefined, revision: stored.revision }
}
