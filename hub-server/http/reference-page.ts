import type { Express, Request, Response } from 'express'
import { permissions } from '../access/permissions.ts'
import { requirePermission } from '../access/require-permission.ts'
import { allContracts } from '../api/contract/all-contracts.ts'
import type { AnyRouteContract } from '../api/contract/describe-route.ts'
import { errorsOf, needsKey } from '../api/open-api.ts'
import type { Translator } from '../locales/translate.ts'
import type { BesideMount } from './create-app.ts'
import type { RouteGate } from './mount-routes.ts'
import { html, renderPage, sendPage, type Html, type Page } from './page.ts'

/** GET /reference: every route of the API as a page, for whoever is signed in. */
export function createReferenceMount(gate: Pick<RouteGate, 'authenticate'>): BesideMount {
  return {
    name: 'own',
    routes: [
      {
        method: 'GET',
        path: '/reference',
        proof: 'permission',
        summary: 'The reference of the API as a page; needs manifests:read.',
      },
    ],
    mount(app: Express, translatorFor: (request: Request) => Translator) {
      async function answer(request: Request, response: Response): Promise<void> {
        requirePermission(await gate.authenticate(request), 'manifests:read')
        sendPage(response, renderReference(translatorFor(request)))
      }
      // Express hands the rejection of a returned promise to the error handler.
      app.get('/reference', (request, response) => answer(request, response))
    },
  }
}

/** The page: a list of all routes by what they are about, then each with what it takes, tells and refuses. */
export function renderReference({ language, t }: Translator): Page {
  const text = (key: string): string => t(`api:reference.${key}`)
  const areas = Object.entries(Object.groupBy(allContracts, ({ name }) => areaOf(name)))
  const body = html`
    <h1>${text('title')}</h1>
    <p>${text('about')} <a href="/v1/openapi.json">openapi.json</a></p>
    <nav aria-label="${text('title')}">
      <ul class="rows">
        ${areas.map(([area, routes = []]) => listArea(area, routes))}
      </ul>
    </nav>
    <p>${text('any_errors')} ${codes(errorsOfAny)}</p>
    ${areas.map(
      ([area, routes = []]) =>
        html`<h2 id="${area}"><code>${area}</code></h2>
          ${routes.map((route) => describe(route, text))}`,
    )}
  `
  return renderPage({ title: text('title'), language, body, layout: 'wide' })
}

/** A route is named "<area>.<verb>". */
const areaOf = (name: string): string => name.split('.')[0] ?? name

const listArea = (area: string, routes: readonly AnyRouteContract[]): Html =>
  html`<li>
    <a href="#${area}">${area}</a>
    <ul>
      ${routes.map(
        ({ name, method, path }) =>
          html`<li>
            <a href="#${name}"><code>${method} ${path}</code></a>
          </li>`,
      )}
    </ul>
  </li>`

const codes = (errors: readonly string[]): Html => html`${errors.map((code) => html`<code>${code}</code> `)}`

/** What every route may refuse with is told once. */
const errorsOfAny = allContracts
  .map((route) => errorsOf(route))
  .reduce((common, errors) => common.filter((code) => errors.includes(code)))

function describe(route: AnyRouteContract, text: (key: string) => string): Html {
  const { name, method, path, summary, permission, mode, ifMatch, example } = route
  const errors = errorsOf(route).filter((code) => !errorsOfAny.includes(code))
  return html`
    <section id="${name}">
      <h3><code>${method} ${path}</code></h3>
      <p lang="en">${summary}</p>
      <p>
        ${text('permission')} <code>${permission}</code> — <span lang="en">${permissions[permission]}</span>
      </p>
      ${mode === 'operation' && html`<p>${text('operation')}</p>`}
      ${mode === 'stream' && html`<p>${text('stream')}</p>`} ${needsKey(route) && html`<p>${text('key')}</p>`}
      ${ifMatch && html`<p>${text('if_match')}</p>`} ${sample(text('query'), example.query)}
      ${sample(text('body'), example.body)} ${sample(text('answer'), example.answer)}
      ${errors.length > 0 && html`<p>${text('errors')} ${codes(errors)}</p>`}
    </section>
  `
}

const sample = (title: string, value: unknown): Html | undefined =>
  value === undefined
    ? undefined
    : html`<h4>${title}</h4>
        <pre tabindex="0">${JSON.stringify(value, null, 2)}</pre>`
