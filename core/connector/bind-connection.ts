import type { z } from 'zod'
import type { Action } from './action.ts'
import type {
  BoundAction,
  BoundDestination,
  BoundSource,
  BoundWebhook,
  Connection,
  ConnectorContext,
  ConnectorDefinition,
  PersonToErase,
} from './connector.ts'
import type { Destination } from './destination.ts'
import { hideErased, hideSent } from './hide-sent.ts'
import type { Webhook, WebhookMessage } from './signal.ts'
import type { Source } from './source.ts'

/** Makes one authorised account out of a connector: its configuration parsed, its context bound to every function. Throws zod's error. */
export function bindConnection<Schema extends z.ZodType>(
  definition: ConnectorDefinition<Schema>,
  unbound: Omit<ConnectorContext<unknown>, 'config'>,
  rawConfig: unknown,
): Connection {
  const { erase, openSources, actions = [], signalFeeds = [], webhooks = [] } = definition
  const context = { ...unbound, config: definition.config.parse(rawConfig) }
  const sources = [...definition.sources, ...(openSources?.(context.config) ?? [])]
  return {
    name: unbound.connection,
    connector: definition.slug,
    source: (name) =>
      bindSource(
        sources.find((source) => source.name === name),
        context,
      ),
    destination: (kind) =>
      bindDestination(
        definition.destinations.find((destination) => destination.kind === kind),
        context,
      ),
    test: () => definition.test(context),
    actions: actions.map(({ name }) => name),
    action: (name) =>
      bindAction(
        actions.find((action) => action.name === name),
        context,
      ),
    signalFeeds: signalFeeds.map((feed) => ({ ...feed, read: (request) => feed.read(context, request) })),
    webhooks: webhooks.map((webhook) => bindWebhook(webhook, context.config)),
    ...bindShown(definition, context.config),
    ...(erase && {
      erase: (person: PersonToErase) => hideErased(person, () => erase(context, person)),
    }),
  }
}

/** What the platform shows of the hub. */
function bindShown<Schema extends z.ZodType>(
  { personPage, recordCard }: ConnectorDefinition<Schema>,
  config: z.output<Schema>,
): Pick<Connection, 'personPage' | 'recordCard'> {
  return {
    ...(personPage && {
      personPage: {
        ...personPage,
        open: (message: WebhookMessage, now: number) => personPage.open(config, message, now),
      },
    }),
    ...(recordCard && {
      recordCard: { open: (message: WebhookMessage, now: number) => recordCard.open(config, message, now) },
    }),
  }
}

function bindSource<Config>(
  source: Source<Config> | undefined,
  context: ConnectorContext<Config>,
): BoundSource | undefined {
  return source && { ...source, read: (request) => source.read(context, request) }
}

function bindWebhook<Config>({ answer, ...webhook }: Webhook<Config>, config: Config): BoundWebhook {
  return {
    ...webhook,
    verify: (message, now) => webhook.verify(config, message, now),
    parse: (message) => webhook.parse(config, message),
    answer: answer && ((message, confirmation) => answer(config, message, confirmation)),
  }
}

function bindAction<Config>(
  action: Action<Config> | undefined,
  context: ConnectorContext<Config>,
): BoundAction | undefined {
  return action && { ...action, run: (input) => action.run(context, input) }
}

function bindDestination<Config>(
  destination: Destination<Config> | undefined,
  context: ConnectorContext<Config>,
): BoundDestination | undefined {
  if (!destination) return undefined
  const { find, create, add, validate, remove, replace, readMembers, readSize, readJob, ...description } =
    destination
  return hideSent({
    ...description,
    find: (wanted) => find(context, wanted),
    create: create && ((wanted) => create(context, wanted)),
    add: (request) => add(context, request),
    remove: remove && ((request) => remove(context, request)),
    validate: validate && ((request) => validate(context, request)),
    replace: replace && ((request) => replace(context, request)),
    readMembers: readMembers && ((audience, signal) => readMembers(context, audience, signal)),
    readSize: readSize && ((audience) => readSize(context, audience)),
    readJob: readJob && ((job, taken) => readJob(context, job, taken)),
  })
}
