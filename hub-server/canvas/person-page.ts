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
      html`<li>
        <h3>${title}</h3>
        <p class="quiet">${t('api:person_page.since')} ${day(since)}</p>
        <p>${because}</p>
      </li>`,
  )
  return section(t, 'segments', rows)
}

function consentsOf({ consents }: PersonCard, { t, day }: Words): Html {
  const rows = consents.map(
    ({ purpose, channel, status, statusText, decidedAt }) =>
      html`<li>
        <h3>${purpose} / ${channel} ${tag(statusText, status === 'granted')}</h3>
        <p class="quiet">
          ${decidedAt === null ? t('api:person_page.no_date') : html`${t('api:person_page.decided')} ${day(decidedAt)}`}
        </p>
      </li>`,
  )
  return section(t, 'consents', rows)
}

function audiencesOf({ audiences }: PersonCard, { t }: Words): Html {
  const rows = audiences.map(
    ({ audience, connection, isIn, because }) =>
      html`<li>
        <h3>${audience} ${tag(t(isIn ? 'api:person_page.is_in' : 'api:person_page.is_out'), isIn)}</h3>
        <p class="quiet">${connection}</p>
        <p>${because}</p>
      </li>`,
  )
  return section(t, 'audiences', rows)
}

/** A state in a word: its colour says nothing that the word does not. */
const tag = (text: string, isGood: boolean): Html =>
  html`<span class="tag ${isGood ? 'good' : ''}">${text}</span>`

function section(t: Translate, name: 'segments' | 'consents' | 'audiences', rows: readonly Html[]): Html {
  return html`<section>
    <h2>${t(`api:person_page.${name}.title`)}</h2>
    ${
      rows.length === 0
        ? html`<p>${t(`api:person_page.${name}.none`)}</p>`
        : html`<ul class="rows">
            ${rows}
          </ul>`
    }
  </section>`
}
