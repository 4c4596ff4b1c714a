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
  return { valid: false, reason: address.code }
}

const differences: Readonly<Record<string, string>> = {}
