import type { Express, Request, Response } from 'express'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { createBodyReader } from '../http/body-reader.ts'
import { sendPage } from '../http/page.ts'
import { toMessage } from '../http/webhook-routes.ts'
import type { ShowPerson } from './show-person.ts'

/** What the routes of embedded pages need. */
export interface CanvasPorts {
  /** Address of the hub as platforms call it, without a slash at its end. */
  readonly publicUrl: string
  readonly show: ShowPerson
}

/** Routes beside the API's, each with what opens it. */
export const canvasRoutes = [
  { method: 'POST', path: '/canvas/:connection', permission: 'signature' },
] as const
const [{ path: canvasPath }] = canvasRoutes

/** A form of one envelope, in which every character may have become three. */
const mostBytes = 262_144
const mostBytesInAll = 16_777_216

/**
 * Mounts POST /canvas/{connection}, which the signed envelope of the platform opens. It stands before the check of the Host header: it is
 * called by the public name, from the browser of a user of the platform.
 */
export function mountCanvas(app: Express, { publicUrl, show }: CanvasPorts): void {
  const withBody = createBodyReader({ one: mostBytes, all: mostBytesInAll })
  async function answer(request: Request, response: Response): Promise<void> {
    const connection = String(request.params['connection'])
    const page = await withBody(request, (body) => show(connection, toMessage(request, body, publicUrl)))
    // A frame of the platform's is no other site's picture: the page may be shown where its policy says.
    response.removeHeader('Cross-Origin-Resource-Policy')
    sendPage(response, page)
  }
  app.post(canvasPath, (request, response) => answer(request, response))
}

/** Refuses the other methods of the same address, after the general checks. */
export function refuseOtherCanvasMethods(app: Express): void {
  app.all(canvasPath, (_request, response) => {
    response.set('Allow', 'POST')
    throw new AffluentError('api.method_not_allowed')
  })
}
