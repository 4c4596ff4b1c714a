import { diagnosePhone } from '../../core/profile/diagnose-phone.ts'
import { answerEach, Unanswered, type AnswerArea } from './reference-area.ts'

/** Phone numbers: validity, country, type and forms. */
export const answerPhone: AnswerArea = async (cases) => {
  const { answers, reasons } = await answerEach(cases, ({ input }) => {
    if (input['fn'] !== 'phone') return new Unanswered('the project has no such function')
    const region = input['region']
    return answerNumber(String(input['text']), typeof region === 'string' ? region : undefined)
  })
  return { answers, reasons: { ...reasons, ...differences } }
}

const localOnly =
  'Google calls a number possible that can be dialled within its own town only; the JavaScript metadata leaves those lengths out, and nobody elsewhere can call or match such a number'
const otherEdition =
  'a later edition of the numbering plans (libphonenumber-js 1.13.16 of November 2026, the oracle is of July): Faroese numbers are written in pairs, and Zimbabwe has no landlines of seven digits'
const ownLengths =
  'Google judges the length by the first country of the calling code, the JavaScript library by the country of the number itself'
const nearestLength = 'both call the length impossible; each names another neighbour among the possible ones'
const homeOnly =
  'the JavaScript metadata has no formats of numbers that cannot be dialled from abroad, so it shows the digits'
const onePlan =
  'Tristan da Cunha has no mobile plan, which the JavaScript library takes for one shared with landlines'

const listed = (reason: string, ...ids: string[]): Record<string, string> =>
  Object.fromEntries(ids.map((id) => [id, reason]))

/** Why ours is right, or harmless, where it differs. */
const differences: Readonly<Record<string, string>> = {
  ...listed(
    localOnly,
    ...[225, 295, 336, 666, 975, 997, 1050, 1155, 1194, 1203, 2443].map((id) => `invalid-example/${id}`),
    ...[298, 1422, 1622].map((id) => `short/${id}`),
    'hand/2523',
  ),
  ...listed(ownLengths, 'long/310', 'invalid-example/1019'),
  ...listed(nearestLength, 'long/850', 'invalid-example/256'),
  ...listed(otherEdition, 'example-fixed_line/728', 'idd/729', 'ext/730', 'example-mobile/732'),
  ...listed(otherEdition, 'example-mobile/733', 'example-toll_free/736', 'example-toll_free/737'),
  ...listed(otherEdition, 'example-fixed_line/2480', 'example-fixed_line/2481', 'idd/2482', 'ext/2483'),
  ...listed(otherEdition, 'invalid-example/2484', 'short/2487'),
  ...listed(homeOnly, 'example-toll_free/947', 'example-toll_free/1677', 'example-toll_free/1678'),
  ...listed(onePlan, 'example-fixed_line/2134', 'ext/2137'),
}

const errorNames = {
  not_a_number: 'NOT_A_NUMBER',
  invalid_country: 'INVALID_COUNTRY_CODE',
  too_short: 'TOO_SHORT_NSN',
  too_long: 'TOO_LONG',
}
const lengthNames = { too_short: 'TOO_SHORT', too_long: 'TOO_LONG', invalid_length: 'INVALID_LENGTH' }

function answerNumber(text: string, region: string | undefined): unknown {
  const phone = diagnosePhone(text, region)
  if (typeof phone === 'string') return { error: errorNames[phone] }
  const { length, shown } = phone
  return {
    possible: length === undefined,
    reason: length === undefined ? 'IS_POSSIBLE' : lengthNames[length],
    valid: phone.valid,
    country: phone.country ?? null,
    code: Number(phone.callingCode),
    national: phone.national,
    ext: phone.extension ?? null,
    e164: phone.e164,
    type: phone.type ?? 'UNKNOWN',
    international: shown.international,
    nationalFormat: shown.national,
    rfc3966: shown.link,
  }
}
