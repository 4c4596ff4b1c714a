/**
 * The contract of a platform. Glossary:
 * - connector: the code for a platform; connection: one authorised account made with it.
 * - source: a stream that a connection can be read from; destination: an audience kind it can be written to.
 * - outcome: what became of one record; every write returns one per record, in order.
 *
 * A connector imports `core/connector`, `core/errors`, `core/port` (and profile, event, membership types) and its own SDK. It
 * never retries, sleeps, or counts calls: it hands each request to `context.call`, which does so for everybody.
 */
import type { z } from 'zod'
import type { Clock } from '../port/clock.ts'
import type { Logger } from '../port/logger.ts'
import type { CallPlatform } from '../port/platform-caller.ts'
import type { Action } from './action.ts'
import type { Authorization, BoundAuthorization, ConnectionAuthorization } from './authorization.ts'
import { bindConnection } from './bind-connection.ts'
import type { Credentials, ObtainGrant, TokenGrant } from './credentials.ts'
import type { Destination } from './destination.ts'
import type { EmbeddedPage } from './embedded-page.ts'
import type { RateBudget } from './rate-budget.ts'
import type { RecordCard } from './record-card.ts'
import type { SignalFeed, Webhook } from './signal.ts'
import type { Source } from './source.ts'

/** What the hub hands to every function of a connector. */
export interface ConnectorContext<Config> {
  /** Name of the connection in the manifests. */
  readonly connection: string
  readonly config: Config
  readonly call: CallPlatform
  /** Present where the connector declares `grant`: access that the hub renews. */
  readonly credentials?: Credentials
  /** Plain HTTP with the hub's guards (time-outs, size limit, address check); for what the platform's SDK cannot do well. */
  readonly fetch: typeof globalThis.fetch
  readonly clock: Clock
  readonly logger: Logger
  /** Folder that relative paths in the configuration start from. */
  readonly workspace: string
}

/** One line of a connection test: a permission or fact, whether it holds, and what to do when it does not. */
export interface ConnectionCheck {
  readonly name: string
  readonly ok: boolean
  readonly remedy?: string
}

/** How a person authorises the platform, as data; the hub runs the flow. */
type ConnectorAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'static_token'; readonly description: string }
  | {
      readonly kind: 'oauth2'
      readonly authorizeUrl: string
      readonly tokenUrl: string
      readonly scopes: readonly string[]
      readonly optionalScopes: readonly string[]
      readonly pkce: boolean
      /** True when the platform hands out a new refresh token at each refresh and the old one dies. */
      readonly rotatesRefreshToken: boolean
    }

export interface ConnectorDefinition<Schema extends z.ZodType> {
  /** Folder name and the word in manifests: kebab-case. */
  readonly slug: string
  readonly title: string
  /** Version of the vendor's API this connector speaks. */
  readonly apiVersion: string
  /** Secrets in it are marked with `secret()`. */
  readonly config: Schema
  readonly auth: ConnectorAuth
  readonly budgets: readonly RateBudget[]
  readonly sources: readonly Source<z.output<Schema>>[]
  /** Streams that the configuration itself names (files, tables). They stand beside `sources`. Default: none. */
  readonly openSources?: (config: z.output<Schema>) => readonly Source<z.output<Schema>>[]
  readonly destinations: readonly Destination<z.output<Schema>>[]
  /** Calls the platform once and tells, permission by permission, what works. */
  readonly test: (context: ConnectorContext<z.output<Schema>>) => Promise<readonly ConnectionCheck[]>
  /** Obtains and renews access, where the configuration does not hold a lasting token. Default: none. */
  readonly grant?: ObtainGrant<z.output<Schema>>
  /** How somebody authorises an account in the browser. Default: the configuration holds all access there is. */
  readonly authorization?: Authorization<z.output<Schema>>
  /** What a person may ask of the platform beside syncs. Default: nothing. */
  readonly actions?: readonly Action<z.output<Schema>>[]
  /** Feeds of changes that the hub asks for. Default: none; incremental pulls find changes. */
  readonly signalFeeds?: readonly SignalFeed<z.output<Schema>>[]
  /** Messages the platform pushes. Default: none. */
  readonly webhooks?: readonly Webhook<z.output<Schema>>[]
  /** The hub's page about a person, shown by the platform beside its own record. Default: none. */
  readonly personPage?: EmbeddedPage<z.output<Schema>>
  /** The hub's answer about a person, shown by a card of the platform. Default: none. */
  readonly recordCard?: RecordCard<z.output<Schema>>
  /** Removes one person from everything of this account that the hub ever wrote. */
  readonly erase?: (
    context: ConnectorContext<z.output<Schema>>,
    person: PersonToErase,
  ) => Promise<ErasureOutcome>
}

/** Who is to be erased: the platform's keys and the fields that were sent. */
export interface PersonToErase {
  readonly keys: readonly string[]
  readonly sent: readonly Readonly<Record<string, unknown>>[]
}

export interface ErasureOutcome {
  readonly status: 'erased' | 'removed_from_audiences' | 'not_found' | 'failed'
  readonly message: string
}

/** A connector whose configuration type is closed over, so that all connectors fit one registry without casts. */
export interface Connector {
  readonly slug: string
  readonly title: string
  readonly apiVersion: string
  readonly config: z.ZodType
  readonly auth: ConnectorAuth
  readonly budgets: readonly RateBudget[]
  readonly sources: readonly SourceDescription[]
  /**
   * Streams that this configuration names, beside `sources`. Takes the configuration raw or parsed (a schema accepts its own
   * output) and throws zod's error. Absent where all streams are in `sources`.
   */
  readonly openSources?: (config: unknown) => readonly SourceDescription[]
  readonly destinations: readonly DestinationDescription[]
  readonly actions: readonly ActionDescription[]
  /** True when `context.credentials` must be handed to `connect`. */
  readonly needsGrant: boolean
  /** The connector's `grant` for a configuration, for the keeper of credentials. Throws zod's error. */
  readonly grant?: (
    context: Omit<ConnectorContext<unknown>, 'config' | 'credentials'>,
    config: unknown,
    previous: TokenGrant | undefined,
  ) => Promise<TokenGrant>
  /** How a person authorises this configuration; undefined: nobody has to. Throws zod's error. */
  readonly authorization?: (
    context: Omit<ConnectorContext<unknown>, 'config' | 'credentials'>,
    config: unknown,
  ) => BoundAuthorization | undefined
  /** Binds an account: parses the configuration and returns the streams and audiences of this connection. Throws zod's error. */
  connect(context: Omit<ConnectorContext<unknown>, 'config'>, config: unknown): Connection
}

type ActionDescription = Omit<Action<never>, 'run'>
type SourceDescription = Omit<Source<never>, 'read'>
export type DestinationDescription = Omit<
  Destination<never>,
  'find' | 'create' | 'add' | 'validate' | 'remove' | 'replace' | 'readMembers' | 'readSize' | 'readJob'
>

type Bound<Member, Context> = {
  [Key in keyof Member]: Member[Key] extends (context: Context, ...rest: infer Rest) => infer Result
    ? (...rest: Rest) => Result
    : Member[Key] extends ((context: Context, ...rest: infer Rest) => infer Result) | undefined
      ? ((...rest: Rest) => Result) | undefined
      : Member[Key]
}

export type BoundSource = Bound<Source<unknown>, ConnectorContext<unknown>>
export type BoundAction = Bound<Action<unknown>, ConnectorContext<unknown>>
export type BoundSignalFeed = Bound<SignalFeed<unknown>, ConnectorContext<unknown>>
export type BoundWebhook = Bound<Webhook<unknown>, unknown>
type BoundEmbeddedPage = Bound<EmbeddedPage<unknown>, unknown>
type BoundRecordCard = Bound<RecordCard<unknown>, unknown>
export type BoundDestination = Bound<Destination<unknown>, ConnectorContext<unknown>>

/** One authorised account, ready to be used. */
export interface Connection {
  readonly name: string
  readonly connector: string
  source(name: string): BoundSource | undefined
  destination(kind: string): BoundDestination | undefined
  test(): Promise<readonly ConnectionCheck[]>
  /** Names of the actions. */
  readonly actions: readonly string[]
  action(name: string): BoundAction | undefined
  readonly signalFeeds: readonly BoundSignalFeed[]
  readonly webhooks: readonly BoundWebhook[]
  readonly personPage?: BoundEmbeddedPage
  readonly recordCard?: BoundRecordCard
  readonly erase?: (person: PersonToErase) => Promise<ErasureOutcome>
  /** Present where a person authorises the account in the browser. */
  readonly authorization?: ConnectionAuthorization
}

/** Makes a member of the connector family out of its definition. */
export function defineConnector<Schema extends z.ZodType>(
  definition: ConnectorDefinition<Schema>,
): Connector {
  const { openSources, grant, authorization, actions = [] } = definition
  return {
    slug: definition.slug,
    title: definition.title,
    apiVersion: definition.apiVersion,
    config: definition.config,
    auth: definition.auth,
    budgets: definition.budgets,
    sources: definition.sources,
    ...(openSources && {
      openSources: (config: unknown) => openSources(definition.config.parse(config)),
    }),
    destinations: definition.destinations,
    actions,
    needsGrant: grant !== undefined,
    ...(grant && {
      grant: (
        context: Omit<ConnectorContext<unknown>, 'config' | 'credentials'>,
        config: unknown,
        previous: TokenGrant | undefined,
      ) => grant({ ...context, config: definition.config.parse(config) }, previous),
    }),
    ...(authorization && {
      authorization: (context: Omit<ConnectorContext<unknown>, 'config' | 'credentials'>, raw: unknown) =>
        bindAuthorization(definition, authorization, context, raw),
    }),
    connect: (unbound, rawConfig) => bindConnection(definition, unbound, rawConfig),
  }
}

function bindAuthorization<Schema extends z.ZodType>(
  { config: schema, auth }: ConnectorDefinition<Schema>,
  authorization: Authorization<z.output<Schema>>,
  unbound: Omit<ConnectorContext<unknown>, 'config' | 'credentials'>,
  raw: unknown,
): BoundAuthorization | undefined {
  const config = schema.parse(raw)
  if (!authorization.isWanted(config)) return undefined
  const context = { ...unbound, config }
  return {
    scopes: auth.kind === 'oauth2' ? auth.scopes : [],
    address: (request) => authorization.address(config, request),
    redeem: (code, previous) => authorization.redeem(context, code, previous),
    revoke: (grant) => authorization.revoke(context, grant),
  }
}
