import type { Connection } from '../../core/connector/connector.ts'
import type { CardCall } from '../../core/connector/record-card.ts'
import type { WebhookMessage } from '../../core/connector/signal.ts'
import { AffluentError, toAffluentError } from '../../core/errors/affluent-error.ts'
import type { ConnectionManifest } from '../../core/manifest/manifest.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { Logger } from '../../core/port/logger.ts'
import { createRefusalLog } from '../inbox/refusal-log.ts'
import { createTranslator, type Language, type Translator } from '../locales/translate.ts'
import type { CardSubject, PersonCard } from './person-card.ts'

/** Whose card an address names; neither need exist. */
interface CardPlace {
  readonly platform: string
  readonly connection: string
}

/** What a card is told. Null: the hub does not know the record, and tells nobody's data. */
interface CardAnswer {
  readonly language: Language
  readonly person: PersonCard | null
}

/**
 * Answers a proven call, in the language that it asks for, else in the given one. Throws `api.webhook_refused`, the same for everything that
 * is not proven.
 */
export type AnswerCard = (
  place: CardPlace,
  message: WebhookMessage,
  otherwise: Language,
) => Promise<CardAnswer>

export interface AnswerCardOptions {
  readonly manifests: ReadonlyMap<string, ConnectionManifest>
  readonly connect: (name: string) => Promise<Connection>
  readonly control: Pick<ControlStore, 'appendAudit'>
  readonly readCard: (subject: CardSubject, translator: Translator) => Promise<PersonCard | undefined>
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Cards that platforms fill with what the hub says of a person. A call is proven with the secret of the connection in the address, or of
 * another connection of the same app: it is answered from the account that the signed address names. Who saw whom is in the audit log.
 */
export function createAnswerCard(options: AnswerCardOptions): AnswerCard {
  const { manifests, control, clock, readCard } = options
  const noteRefusal = createRefusalLog(clock, options.logger)
  const translators = { en: createTranslator('en'), fr: createTranslator('fr') }

  async function open(place: CardPlace, message: WebhookMessage): Promise<OpenedCall | undefined> {
    if (manifests.get(place.connection)?.connector !== place.platform) return undefined
    const others = [...manifests.values()].filter(({ connector }) => connector === place.platform)
    for (const name of new Set([place.connection, ...others.map((manifest) => manifest.name)])) {
      try {
        const call = (await options.connect(name)).recordCard?.open(message, clock.now())
        if (call) return { name, call }
      } catch (thrown) {
        noteRefusal(name, toAffluentError(thrown, 'connecting').code)
      }
    }
    return undefined
  }

  return async (place, message, otherwise) => {
    const opened = await open(place, message)
    if (!opened) {
      noteRefusal(manifests.has(place.connection) ? place.connection : undefined)
      throw new AffluentError('api.webhook_refused')
    }
    const { name, call } = opened
    const language = languageOf(call, otherwise)
    if (!call.record) return { language, person: null }
    const { stream, externalId } = call.record
    const subject = { connection: name, streams: [stream], externalId }
    const person = await readCard(subject, translators[language])
    if (!person) return { language, person: null }
    await control.appendAudit({
      at: clock.now(),
      actor: `${name}:${call.viewer}`,
      action: 'person_shown',
      object: `profile/${person.profileId}`,
      details: { connection: name, page: 'card' },
    })
    return { language, person }
  }
}

interface OpenedCall {
  /** The connection whose account it is. */
  readonly name: string
  readonly call: CardCall
}

function languageOf({ language }: CardCall, otherwise: Language): Language {
  if (language === '') return otherwise
  return /^fr\b|^fr_/i.test(language) ? 'fr' : 'en'
}
