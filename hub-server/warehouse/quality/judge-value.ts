import { toCountryCode } from '../../../core/profile/country-code.ts'
import { diagnoseEmail } from '../../../core/profile/diagnose-email.ts'
import { diagnosePhone } from '../../../core/profile/diagnose-phone.ts'
import { normalisePhone } from '../../../core/profile/normalise-phone.ts'
import { Refusal, type Checked } from '../../../core/profile/refusal.ts'
import { isDisposableDomain } from '../../../core/quality/disposable-domains.ts'
import { normalisePostcode } from '../../../core/quality/normalise-postcode.ts'
import { parseMoney, writeMoney } from '../../../core/quality/parse-money.ts'
import { readDay } from '../../../core/quality/read-day.ts'
import { isRoleMailbox } from '../../../core/quality/role-address.ts'
import { suggestDomain } from '../../../core/quality/suggest-domain.ts'
import type { ValueCheck } from '../../../core/quality/value-check.ts'

/** What is wrong with a value, or the normal form of one that is right but written otherwise. */
interface Verdict {
  readonly code?: string
  readonly normal?: string
  /** What was probably meant; names no person. */
  readonly suggestion?: string
}

/** A check that is carried out here, value by value: each different key once, however many records hold it. */
export interface ValueJudge {
  /** SQL of the key over `value` and `country`. */
  readonly key: string
  /** Undefined: nothing to say. */
  readonly judge: (key: string) => Verdict | undefined
}

const mailDomain = `split_part(value, '@', -1)`
const mailbox = `split_part(value, '@', 1)`
/** The country stands in front of the value, where the record tells it. */
const withCountry = `coalesce(country, '') || chr(31) || value`

/** Undefined for checks that are SQL alone. `today` is a day as ISO 8601 writes it. */
export function createValueJudge(check: ValueCheck, today: string): ValueJudge | undefined {
  if (typeof check === 'string') return plainJudges[check]
  if ('phone' in check) {
    return byCountry(check.phone.country, checkPhone)
  }
  if ('postcode' in check) return byCountry(check.postcode.country, normalisePostcode)
  if ('money' in check) {
    const { currency } = check.money
    return onValue((text) => {
      const money = parseMoney(text, currency)
      return money instanceof Refusal ? money : writeMoney(money)
    })
  }
  if (!('date' in check)) return undefined
  const { patterns, not_before: first, not_after: last } = check.date
  return onValue((text) => {
    const day = readDay(text, patterns)
    if (day instanceof Refusal) return day
    if (first !== undefined && day < first) return new Refusal('too_early')
    return last !== undefined && day > (last === 'today' ? today : last) ? new Refusal('too_late') : day
  })
}

const plainJudges: Readonly<Record<string, ValueJudge>> = {
  mailable: {
    key: 'value',
    judge: (address) => {
      const { verdict } = diagnoseEmail(address)
      return verdict === 'mailable' ? undefined : { code: verdict }
    },
  },
  disposable: {
    key: mailDomain,
    judge: (domain) => (isDisposableDomain(domain) ? { code: 'disposable' } : undefined),
  },
  role_address: {
    key: mailbox,
    judge: (local) => (isRoleMailbox(local) ? { code: 'role_address' } : undefined),
  },
  domain_typo: {
    key: mailDomain,
    judge: (domain) => {
      const suggestion = suggestDomain(domain)
      return suggestion === undefined ? undefined : { code: 'domain_typo', suggestion }
    },
  },
  country: onValue(toCountryCode),
}

const phoneCodes: Readonly<Record<string, string>> = {
  too_short: 'phone_too_short',
  too_long: 'phone_too_long',
  invalid_country: 'phone_without_country',
}

/** Says more than that the number cannot be used, where its length or its missing country is why. */
function checkPhone(text: string, country: string | undefined): Checked<string> {
  const normal = normalisePhone(text, country)
  if (!(normal instanceof Refusal) || normal.code !== 'invalid_phone') return normal
  const phone = diagnosePhone(text, country)
  const fault = typeof phone === 'string' ? phone : phone.length
  return new Refusal(phoneCodes[fault ?? ''] ?? normal.code)
}

function onValue(normalise: (text: string) => Checked<string>): ValueJudge {
  return { key: 'value', judge: (value) => toVerdict(value, normalise(value)) }
}

function byCountry(
  fallback: string | undefined,
  normalise: (text: string, country: string | undefined) => Checked<string>,
): ValueJudge {
  return {
    key: withCountry,
    judge: (key) => {
      const [country = '', value = ''] = key.split('\u001f')
      return toVerdict(value, normalise(value, country === '' ? fallback : country))
    },
  }
}

function toVerdict(value: string, normal: Checked<string>): Verdict | undefined {
  if (normal instanceof Refusal) return { code: normal.code }
  return normal === value ? undefined : { normal }
}
