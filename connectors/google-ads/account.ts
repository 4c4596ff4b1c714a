import { z } from 'zod'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { GoogleAdsContext } from './data-manager.ts'
import { readText } from './gaql-value.ts'
import { searchPage } from './google-ads.ts'

/** What the account says of itself. */
export interface AdsAccount {
  /** ISO 4217. */
  readonly currency: string
  /** IANA name: days of reports are days on this clock. */
  readonly timeZone: string
}

const currency = z.string().regex(/^[A-Z]{3}$/)

/** Reads the account's currency and time zone. Throws `platform.unreadable_answer` when it says neither. */
export async function readAccount(context: GoogleAdsContext, signal?: AbortSignal): Promise<AdsAccount> {
  const act = 'reading the Google Ads account'
  const page = await searchPage(context, {
    act,
    gaql: 'SELECT customer.id, customer.currency_code, customer.time_zone FROM customer LIMIT 1',
    ...(signal && { signal }),
  })
  const [row] = page.rows
  const code = row && currency.safeParse(readText(row, 'customer.currency_code')).data
  const timeZone = row && readText(row, 'customer.time_zone')
  if (code === undefined || timeZone === undefined || timeZone === '')
    throw new PlatformError('platform.unreadable_answer', { act, said: 'no currency or time zone' })
  return { currency: code, timeZone }
}
