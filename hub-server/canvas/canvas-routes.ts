import type { Express, Request, Response } from 'express'
import type { BesideRoute } from '../api/contract/describe-route.ts'
import { createBodyReader } from '../http/body-reader.ts'
import type { BesideMount } from '../http/create-app.ts'
import { toExpressPath } from '../http/mount-routes.ts'
import { sendPage } from '../http/page.ts'
import { toMessage } from '../http/webhook-routes.ts'
import type { ShowPerson } from './show-person.ts'

/** What the routes of embedded pages need. */
export interface CanvasPorts {
  /** Address of the hub as platforms call it, without a slash at its end. */
  readonly publicUrl: string
  readonly show: ShowPerson
}

/** Routes of pages that platforms show beside their own records. */
const canvasRoutes = [
  {
    method: 'POST',
    path: '/canvas/{connection}',
    proof: 'signature',
    summary: 'The page about a person, opened by the signed request of the platform that shows it.',
  },
] as const satisfies readonly BesideRoute[]

/** A form of one envelope, in which every character may have become three. */
const mostBytes = 262_144
const mostBytesInAll = 16_777_216

/**
 * Mounts POST /canvas/{connection}, which the signed envelope of the platform opens. It is called by the public name, from the browser of a
 * user of the platform.
 */
export function canvasMount({ publicUrl, show }: CanvasPorts): BesideMount {
  const withBody = createBodyReader({ one: mostBytes, all: mostBytesInAll })
  async function answer(request: Request, response: Response): Promise<void> {
    const connection = String(request.params['connection'])
    const page = await withBody(request, (body) => show(connection, toMessage(request, body, publicUrl)))
    sendPage(response, page)
  }
  return {
    name: 'public',
    routes: canvasRoutes,
    // Express hands the rejection of a returned promise to the error handler.
    mount: (app: Express) =>
      void app.post(toExpressPath(canvasRoutes[0].path), (request, response) => answer(request, response)),
  }
}
