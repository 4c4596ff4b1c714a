import type { AudienceMember, ConsentField } from './audience-member.ts'
import type { GoogleAdsConfig } from './config.ts'

/** What the Data Manager API takes in one request (chapter 2.2): people, and lists that they go to or come off. */
export const membersPerRequest = 10_000
export const destinationsPerRequest = 10

/** Whom a request is about. Each person stands in an entry of their own: an entry is one person to Google. */
export interface Upload {
  readonly lists: readonly string[]
  readonly members: readonly AudienceMember[]
  /** Checks everything and changes nothing. */
  readonly validateOnly?: boolean
}

/** The body of `audienceMembers:ingest`. */
export function toIngestBody(config: GoogleAdsConfig, upload: Upload): object {
  return {
    ...toRemoveBody(config, upload),
    audienceMembers: upload.members.map((member) => ({
      ...toEntry(member),
      ...toOwnConsent(config, member),
    })),
    consent: toConsent(config, {}),
    termsOfService: {
      customerMatchTermsOfServiceStatus: config.customer_match_terms_accepted ? 'ACCEPTED' : 'REJECTED',
    },
  }
}

/** The body of `audienceMembers:remove`, which needs no consent and no terms. */
export function toRemoveBody(config: GoogleAdsConfig, upload: Upload): object {
  return {
    destinations: toDestinations(config, upload.lists),
    audienceMembers: upload.members.map(toEntry),
    encoding: config.hash_encoding === 'hex' ? 'HEX' : 'BASE64',
    ...(upload.validateOnly && { validateOnly: true }),
  }
}

/** The lists as a request names them, by account and list (B45: names are not unique across accounts). */
export function toDestinations(config: GoogleAdsConfig, lists: readonly string[]): readonly object[] {
  return lists.map((list) => ({
    operatingAccount: account(config.customer_id),
    ...(config.login_customer_id !== undefined && { loginAccount: account(config.login_customer_id) }),
    productDestinationId: list,
  }))
}

const account = (accountId: string): object => ({ accountType: 'GOOGLE_ADS', accountId })

const toEntry = ({ identifiers }: AudienceMember): object => ({
  userData: { userIdentifiers: identifiers },
})

/** A record that says something of consent carries its own, which counts for it alone. */
function toOwnConsent(config: GoogleAdsConfig, { consent }: AudienceMember): object {
  return Object.keys(consent).length === 0 ? {} : { consent: toConsent(config, consent) }
}

function toConsent(config: GoogleAdsConfig, own: AudienceMember['consent']): object {
  const of = (field: ConsentField): string => {
    const said = own[field] ?? config[`${field}_consent`]
    return said === 'unspecified' ? 'CONSENT_STATUS_UNSPECIFIED' : `CONSENT_${said.toUpperCase()}`
  }
  return { adUserData: of('ad_user_data'), adPersonalization: of('ad_personalization') }
}
