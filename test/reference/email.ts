import { toUnicodeDomain } from '../../core/identity/lookalike-skeleton.ts'
import { diagnoseEmail } from '../../core/profile/diagnose-email.ts'
import { normaliseEmail } from '../../core/profile/normalise-email.ts'
import { answerEach, Unanswered, type AnswerArea, type ReferenceCase } from './reference-area.ts'

/** E-mail: isEmail's diagnoses, and the normal forms and refusals of python-email-validator. */
export const answerEmail: AnswerArea = async (cases) => {
  const { answers, reasons } = await answerEach(cases, ({ input }) => {
    const address = String(input['address'])
    if (input['fn'] === 'emailDiagnosis') return answerDiagnosis(address)
    if (input['fn'] === 'emailNormalise') return answerForm(address)
    if (input['fn'] === 'count') return countDiagnoses(cases)
    return new Unanswered('the project has no such function')
  })
  return { answers, reasons: { ...reasons, ...differences } }
}

function answerDiagnosis(address: string) {
  const { category, diagnosis } = diagnoseEmail(address)
  const suffix = category === 'valid' ? '_CATEGORY' : ''
  return {
    category: `ISEMAIL_${category.toUpperCase()}${suffix}`,
    diagnosis: `ISEMAIL_${diagnosis.toUpperCase()}`,
  }
}

function countDiagnoses(cases: readonly ReferenceCase[]) {
  const diagnosed = cases.filter(({ input }) => input['fn'] === 'emailDiagnosis')
  const categories: Record<string, number> = {}
  for (const { input } of diagnosed) {
    const { category } = answerDiagnosis(String(input['address']))
    categories[category] = (categories[category] ?? 0) + 1
  }
  return { tests: diagnosed.length, categories }
}

/** The hub keeps the domain in ASCII; the validator shows it in Unicode beside that. */
function answerForm(text: string): unknown {
  const address = normaliseEmail(text)
  if (typeof address === 'string') {
    return {
      valid: true,
      normalized: toUnicodeDomain(address),
      asciiDomain: address.slice(address.lastIndexOf('@') + 1),
    }
  }
  return { valid: false, reason: address.code.replaceAll('_', ' ') }
}

const needsNameServer =
  'isEmail asked name servers here; the hub judges syntax alone, without the network, and by syntax this is what the address is'
const oneForm = 'one mailbox has one form, in lower case: hardly any provider tells mailboxes apart by case'
const needsQuotes =
  'a local part that needs quotes is exotic: nearly no provider accepts one, so it names nobody to be mailed'
const withName =
  'the suite allows a name before the address here and refuses the same in the cases 108 to 113; a mapping reads addresses alone'
const trimmed = 'white space around an address comes from copying, and is no part of it'

const listed = (reason: string, ...ids: string[]): Record<string, string> =>
  Object.fromEntries(ids.map((id) => [id, reason]))

/** Why ours is right where it differs. */
const differences: Readonly<Record<string, string>> = {
  ...listed(needsNameServer, ...[5, 12, 13, 27, 33, 37, 38, 167, 168].map((id) => `isemail/${id}`)),
  ...listed(needsNameServer, 'isemail/counts'),
  ...listed(oneForm, 'pev/test_email_valid/0', 'pev/test_email_valid/1'),
  ...listed(needsQuotes, 'pev/test_email_valid/5', 'pev/test_email_valid/8'),
  ...listed(withName, ...[9, 10, 11].map((id) => `pev/test_email_valid/${id}`)),
  ...listed(withName, 'pev/test_email_valid_intl_local_part/25'),
  ...listed(trimmed, 'pev/test_email_invalid_syntax/55', 'pev/test_email_invalid_syntax/68'),
  'pev/test_email_valid_intl_local_part/26':
    'a full-width "@" is what East Asian keyboards type for "@"; taken for a letter it would be an address that nobody can have meant',
  'pev/test_email_invalid_syntax/87':
    'within the limits once its accents are composed, which is the form that is kept and mailed',
}
