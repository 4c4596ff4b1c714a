import type { PersonCard } from '../cards/person-card.ts'
import { html, type Html } from '../http/page.ts'
import type { Language, Translate, Translator } from '../locales/translate.ts'

/**
 * What the page says of a person: segments and why, consents, audiences and why. Without a card it says why there is none: `standsOnRecord`
 * is false where the platform did not tell a record that can be a person's.
 */
export function personPageBody(
  card: PersonCard | undefined,
  standsOnRecord: boolean,
  { t, language }: Translator,
): Html {
  const heading = html`<h1>${t('api:person_page.title')}</h1>`
  if (!card) {
    const reason = t(standsOnRecord ? 'api:person_page.unknown' : 'api:person_page.no_record')
    return html`${heading}
      <p>${reason}</p>`
  }
  const words: Words = { t, day: dayIn(language) }
  return html`${heading} ${segmentsOf(card, words)} ${consentsOf(card, words)} ${audiencesOf(card, words)}`
}

interface Words {
  readonly t: Translate
  /** An instant (ISO 8601) as a day, in an element that programs can read. */
  readonly day: (instant: string) => Html
}

function dayIn(language: Language): Words['day'] {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' })
  return (instant) => html`<time datetime="${instant}">${format.format(new Date(instant))}</time>`
}

function segmentsOf({ segments }: PersonCard, { t, day }: Words): Html {
  const rows = segments.map(
    ({ title, since, because }) =>
      html` <tr>
        <th scope="row">${title}</th>
        <td>${day(since)}</td>
        <td>${because}</td>
      </tr>`,
  )
  return section(t, { name: 'segments', columns: ['segment', 'since', 'why'], rows })
}

function consentsOf({ consents }: PersonCard, { t, day }: Words): Html {
  const rows = consents.map(
    ({ purpose, channel, statusText, decidedAt }) =>
      html` <tr>
        <th scope="row">${purpose} / ${channel}</th>
        <td>${statusText}</td>
        <td>${decidedAt === null ? t('api:person_page.no_date') : day(decidedAt)}</td>
      </tr>`,
  )
  return section(t, { name: 'consents', columns: ['consent', 'status', 'decided'], rows })
}

function audiencesOf({ audiences }: PersonCard, { t }: Words): Html {
  const rows = audiences.map(
    ({ audience, connection, isIn, because }) =>
      html` <tr>
        <th scope="row">${audience} (${connection})</th>
        <td>${t(isIn ? 'api:person_page.is_in' : 'api:person_page.is_out')}</td>
        <td>${because}</td>
      </tr>`,
  )
  return section(t, { name: 'audiences', columns: ['audience', 'place', 'why'], rows })
}

interface Section {
  readonly name: 'segments' | 'consents' | 'audiences'
  readonly columns: readonly string[]
  readonly rows: readonly Html[]
}

function section(t: Translate, { name, columns, rows }: Section): Html {
  const heading = html`<h2>${t(`api:person_page.${name}.title`)}</h2>`
  if (rows.length === 0)
    return html`<section>
      ${heading}
      <p>${t(`api:person_page.${name}.none`)}</p>
    </section>`
  const cells = columns.map((column) => html`<th scope="col">${t(`api:person_page.columns.${column}`)}</th>`)
  return html`<section>
    ${heading}
    <table>
      <thead>
        <tr>
          ${cells}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </section>`
}
