import type { Request, Response } from 'express'
import type { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Translator } from '../locales/translate.ts'
import { sendPage } from './page.ts'
import { refusedPage } from './refused-page.ts'
import { toProblem } from './to-problem.ts'

/** Whether somebody looks at the answer in a browser, which prefers pages and says so; programs take JSON, or whatever comes. */
const isForPage = (request: Request): boolean =>
  request.accepts(['application/problem+json', 'application/json', 'text/html']) === 'text/html'

/**
 * Answers an error: a problem document, or a page for somebody at a browser, who is sent to the sign-in page where nobody is signed in. The
 * headers that the error asks for are set already.
 */
export function sendRefusal(
  request: Request,
  response: Response,
  error: AffluentError,
  reader: { readonly requestId: string; readonly translator: Translator; readonly isLocal: boolean },
): void {
  const { http: status } = error.rule
  response.vary('Accept-Language').vary('Accept')
  if (!isForPage(request)) {
    response
      .status(status)
      .set({ 'Content-Language': reader.translator.language, 'Content-Type': 'application/problem+json' })
      .send(JSON.stringify(toProblem(error, reader)))
    return
  }
  if (error.code === 'api.not_signed_in' && request.method === 'GET') {
    const query = new URLSearchParams({ return_to: request.originalUrl })
    response.redirect(303, `/sign-in?${query.toString()}`)
    return
  }
  sendPage(response, refusedPage(reader.translator, error), status)
}
