import type { Connection } from '../../core/connector/connector.ts'
import type { PageCall } from '../../core/connector/embedded-page.ts'
import type { WebhookMessage } from '../../core/connector/signal.ts'
import { AffluentError, toAffluentError } from '../../core/errors/affluent-error.ts'
import type { ConnectionManifest } from '../../core/manifest/manifest.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { Logger } from '../../core/port/logger.ts'
import type { CardSubject, PersonCard } from '../cards/person-card.ts'
import { renderPage, type Page } from '../http/page.ts'
import { createRefusalLog, type NoteRefusal } from '../inbox/refusal-log.ts'
import { createTranslator, type Translator } from '../locales/translate.ts'
import { personPageBody } from './person-page.ts'

/** The page that a proven call is answered with. Throws `api.webhook_refused`, the same for everything that is not proven or was used. */
export type ShowPerson = (connection: string, message: WebhookMessage) => Promise<Page>

export interface ShowPersonOptions {
  readonly manifests: ReadonlyMap<string, ConnectionManifest>
  readonly connect: (name: string) => Promise<Connection>
  readonly control: Pick<ControlStore, 'useOnce' | 'appendAudit'>
  readonly readCard: (subject: CardSubject, translator: Translator) => Promise<PersonCard | undefined>
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Answers pages about a person that platforms show beside their own records. A call is proven with the secret of the connection in the
 * address, good once, also over a restart, and noted in the audit log. What came in is neither logged nor kept; of used calls a digest is.
 */
export function createShowPerson(options: ShowPersonOptions): ShowPerson {
  const { control, manifests, clock, readCard } = options
  const noteRefusal = createRefusalLog(clock, options.logger)
  const translators = { en: createTranslator('en'), fr: createTranslator('fr') }
  return async (connection, message) => {
    const call = await openCall(options, noteRefusal, { connection, message })
    const isFirst =
      call && (await control.useOnce({ connection, digest: call.digest, staleAt: call.staleAt }, clock.now()))
    if (!call || !isFirst) {
      noteRefusal(manifests.has(connection) ? connection : undefined)
      throw new AffluentError('api.webhook_refused')
    }
    const translator = translators[/^fr\b|^fr_/i.test(call.language) ? 'fr' : 'en']
    const card = await readCalledCard(call, { connection, readCard, translator })
    if (card) await noteView(options, { connection, call, card })
    return renderPage({
      title: translator.t('api:person_page.title'),
      language: translator.language,
      body: personPageBody(card, call.record !== undefined, translator),
      layout: 'embedded',
      frameAncestors: call.origins,
    })
  }
}

async function openCall(
  { manifests, connect, clock }: ShowPersonOptions,
  noteRefusal: NoteRefusal,
  { connection, message }: { readonly connection: string; readonly message: WebhookMessage },
): Promise<PageCall | undefined> {
  if (!manifests.has(connection)) return undefined
  try {
    return (await connect(connection)).personPage?.open(message, clock.now())
  } catch (thrown) {
    noteRefusal(connection, toAffluentError(thrown, 'connecting').code)
    return undefined
  }
}

async function readCalledCard(
  { record }: PageCall,
  how: Pick<ShowPersonOptions, 'readCard'> & {
    readonly connection: string
    readonly translator: Translator
  },
): Promise<PersonCard | undefined> {
  if (!record) return undefined
  const { connection, translator } = how
  return how.readCard({ connection, streams: [record.stream], externalId: record.externalId }, translator)
}

/** Who saw whom, and where: by ids alone. */
async function noteView(
  { control, clock }: Pick<ShowPersonOptions, 'control' | 'clock'>,
  view: { readonly connection: string; readonly call: PageCall; readonly card: PersonCard },
): Promise<void> {
  const { connection, call, card } = view
  await control.appendAudit({
    at: clock.now(),
    actor: `${connection}:${call.viewer}`,
    action: 'person_shown',
    object: `profile/${card.profileId}`,
    details: { connection, page: 'record_page' },
  })
}
