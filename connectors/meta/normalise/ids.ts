import { normaliseEmail as toMailbox } from '../../../core/profile/normalise-email.ts'

/** Trimmed and lower case. Dots and plus tags stay: Meta does not strip them, unlike Google. */
export function normaliseEmail(text: string): string | undefined {
  const address = toMailbox(text)
  return typeof address === 'string' ? address : undefined
}

/** A mobile advertiser id: lower case, hyphens kept. The all-zero id is what a phone gives whose owner refused tracking. */
export function normaliseAdvertiserId(text: string): string | undefined {
  const id = text.trim().toLowerCase()
  const isUuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)
  return isUuid && /[1-9a-f]/.test(id) ? id : undefined
}

/** Our own id of a person, as it is: Meta compares it letter by letter within the ad account. */
export function normaliseExternalId(text: string): string | undefined {
  const id = text.trim()
  return id.length > 0 && id.length <= 256 ? id : undefined
}
