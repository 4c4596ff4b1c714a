import type { Express, Request, Response } from 'express'
import type { BesideRoute } from '../api/contract/describe-route.ts'
import { createBodyReader } from '../http/body-reader.ts'
import type { BesideMount } from '../http/create-app.ts'
import { toExpressPath } from '../http/mount-routes.ts'
import { toMessage } from '../http/webhook-routes.ts'
import type { Translator } from '../locales/translate.ts'
import type { AnswerCard } from './answer-card.ts'

const path = '/cards/{platform}/{connection}/person'

/** Routes beside the API's: the platform's signature opens both. */
const cardRoutes: readonly BesideRoute[] = [
  {
    method: 'GET',
    path,
    proof: 'signature',
    summary: 'Tells a platform’s card the segments, consents and audiences of a person.',
  },
  {
    method: 'POST',
    path,
    proof: 'signature',
    summary: 'The same, for cards that name the record in the body of their call.',
  },
]

/** A card names a record and a language. */
const mostBytes = 16_384
const mostBytesInAll = 4_194_304

/** Cards of platforms. `publicUrl`: the hub as they call it, which is what they sign. */
export function cardMount(publicUrl: string, answerCard: AnswerCard): BesideMount {
  const withBody = createBodyReader({ one: mostBytes, all: mostBytesInAll })
  async function answer(request: Request, response: Response, translator: Translator): Promise<void> {
    const place = {
      platform: String(request.params['platform']),
      connection: String(request.params['connection']),
    }
    const { language, person } = await withBody(request, (body) =>
      answerCard(place, toMessage(request, body, publicUrl), translator.language),
    )
    response.set('Content-Language', language).vary('Accept-Language').json({ person })
  }
  return {
    name: 'public',
    routes: cardRoutes,
    mount(app: Express, translatorFor: (request: Request) => Translator) {
      const take = (request: Request, response: Response): Promise<void> =>
        answer(request, response, translatorFor(request))
      app.get(toExpressPath(path), take)
      app.post(toExpressPath(path), take)
    },
  }
}
