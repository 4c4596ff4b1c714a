import { html, type Html } from './page.ts'

/** What is wrong with what somebody typed, in the reader's words. */
export interface Refusal {
  readonly title: string
  readonly repair: string
  /** Name of the field that it is about; absent: the form as a whole. */
  readonly field?: string
}

/** One field of a form. */
export interface FormField {
  readonly name: string
  readonly label: string
  readonly hint?: string
  /** As browsers and password managers know it: https://html.spec.whatwg.org/#autofill. A name with "password" hides what is typed. */
  readonly autocomplete: 'username' | 'current-password' | 'new-password'
  /** Characters. */
  readonly least?: number
  readonly most: number
  /** What stands in it already; passwords are never repeated. */
  readonly value?: string | undefined
  /** The keyboard is here when the page opens. */
  readonly isFirst?: boolean
}

/** A field with its label tied to it, and beneath it the hint and what was wrong. */
export function formField(field: FormField, refusal?: Refusal): Html {
  const { name, label, hint, autocomplete, least, most, value } = field
  const isWrong = refusal?.field === name
  return html`<label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      type="${autocomplete === 'username' ? 'text' : 'password'}"
      required
      ${least !== undefined && html`minlength="${least}"`}
      maxlength="${most}"
      autocomplete="${autocomplete}"
      autocapitalize="none"
      spellcheck="false"
      ${value !== undefined && html`value="${value}"`}
      ${describedBy(field, isWrong)}
      ${isWrong && html`aria-invalid="true"`}
      ${hasFocus(field, refusal) && html`autofocus`}
    />
    ${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
    ${isWrong && html`<p class="fault" id="${name}-fault">${toSentences(refusal)}</p>`}`
}

/** What a reader of the screen reads out with the field. */
function describedBy({ name, hint }: FormField, isWrong: boolean): Html | undefined {
  const ids = [...(hint === undefined ? [] : [`${name}-hint`]), ...(isWrong ? [`${name}-fault`] : [])]
  return ids.length === 0 ? undefined : html`aria-describedby="${ids.join(' ')}"`
}

/** The keyboard is in the field that is wrong, else in the first one. */
const hasFocus = ({ name, isFirst }: FormField, refusal?: Refusal): boolean =>
  refusal?.field === undefined ? isFirst === true : refusal.field === name

/** What was wrong with the form as a whole, above its fields; undefined where a field says it. */
export function formRefusal(refusal: Refusal | undefined): Html | undefined {
  if (!refusal || refusal.field !== undefined) return undefined
  return html`<p class="notice bad" role="alert">${toSentences(refusal)}</p>`
}

/** Titles of errors are clauses. */
export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

const toSentences = ({ title, repair }: Refusal): string => `${capital(title)}. ${repair}`.trim()
