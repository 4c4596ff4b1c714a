import type { PlatformErrorCode } from '../../core/errors/error-codes.ts'

const second = 1000
const minute = 60 * second

/** One line of Meta's error tables: which code and subcode, what it means for the engine, and what a person can do. */
export interface MetaErrorRow {
  /** One code, or a range of codes with both ends. Absent: any code. */
  readonly code?: number | readonly [number, number]
  readonly subcode?: number
  readonly means: PlatformErrorCode
  /** How long to wait when no header tells it. */
  readonly waitMs?: number
  readonly remedy?: string
}

/** Removing these rows would leave an audience that is too small for Meta's privacy rules. */
export const audienceTooSmall = 1_870_047

/** Nobody accepted the Business Tools terms. */
export const businessToolsTerms = 1_870_092

/** The session of an exchange has had its last request. */
export const sessionFinished = 1_870_159

const signTerms = 'A person must accept the Custom Audience terms in the browser; a system user cannot.'
const review = 'Open the audience in Ads Manager: Meta flagged it.'
const newToken = (why: string): string => `${why}. Give the connection a new token.`

/**
 * Meta's errors as data; the first row that fits decides, so subcodes stand before their codes.
 * Sources: https://developers.facebook.com/docs/marketing-api/error-reference, /docs/graph-api/guides/error-handling and
 * /docs/marketing-api/audiences/guides/custom-audiences.
 */
export const metaErrorTable: readonly MetaErrorRow[] = [
  { subcode: 1_870_034, means: 'platform.terms_not_accepted', remedy: signTerms },
  { subcode: 1_870_090, means: 'platform.terms_not_accepted', remedy: signTerms },
  {
    subcode: businessToolsTerms,
    means: 'platform.terms_not_accepted',
    remedy: 'A person must accept the Business Tools terms in the browser.',
  },
  {
    subcode: 1_870_050,
    means: 'platform.permission_missing',
    remedy: 'Connect the ad account to a business in Business settings.',
  },
  {
    subcode: audienceTooSmall,
    means: 'platform.audience_unusable',
    remedy:
      'Removing these people would make the audience too small; delete the audience or add people first.',
  },
  {
    subcode: 1_870_065,
    means: 'platform.audience_unusable',
    remedy: 'The audience is disabled; open it in Ads Manager.',
  },
  { subcode: 1_713_098, means: 'platform.invalid_request' },
  { subcode: 1_713_228, means: 'platform.audience_unusable', remedy: review },
  { subcode: 1_713_230, means: 'platform.audience_unusable', remedy: review },
  { subcode: 1_713_231, means: 'platform.audience_unusable', remedy: review },
  { subcode: 1_713_232, means: 'platform.audience_unusable', remedy: review },
  { subcode: 1_487_534, means: 'platform.request_too_large' },
  { code: [102, 102], means: 'platform.auth_expired', remedy: newToken('The session ended') },
  { code: 190, subcode: 458, means: 'platform.auth_expired', remedy: newToken('The app was removed') },
  {
    code: 190,
    subcode: 459,
    means: 'platform.auth_expired',
    remedy: 'The person behind the token must log in at facebook.com and pass the check there.',
  },
  { code: 190, subcode: 460, means: 'platform.auth_expired', remedy: newToken('The password was changed') },
  { code: 190, subcode: 463, means: 'platform.auth_expired', remedy: newToken('The token expired') },
  {
    code: 190,
    subcode: 464,
    means: 'platform.auth_expired',
    remedy: 'The person behind the token must confirm their account at facebook.com.',
  },
  { code: 190, subcode: 467, means: 'platform.auth_expired', remedy: newToken('The token is not valid') },
  { code: 190, subcode: 492, means: 'platform.auth_expired', remedy: newToken('The session is not valid') },
  { code: 190, means: 'platform.auth_expired', remedy: newToken('Meta refuses the token') },
  { code: 613, subcode: 1_487_632, means: 'platform.rate_limited', waitMs: 60 * minute },
  { code: 613, subcode: 5_044_001, means: 'platform.rate_limited', waitMs: second },
  { code: 613, means: 'platform.rate_limited', waitMs: 5 * minute },
  { code: 4, means: 'platform.rate_limited', waitMs: 5 * minute },
  { code: 17, means: 'platform.rate_limited', waitMs: 5 * minute },
  { code: 32, means: 'platform.rate_limited', waitMs: 5 * minute },
  { code: 341, means: 'platform.rate_limited', waitMs: 5 * minute },
  { code: [80_000, 80_014], means: 'platform.rate_limited', waitMs: 5 * minute },
  // Another exchange is under way and is over after 90 minutes at the latest; waiting so long puts the run aside instead of
  // holding up the account's other calls.
  { code: 2650, subcode: 1_870_145, means: 'platform.rate_limited', waitMs: 90 * minute },
  { code: 2650, subcode: 1_870_147, means: 'platform.session_lost' },
  { code: 2650, subcode: 1_870_148, means: 'platform.session_lost' },
  { code: 2650, subcode: 1_870_158, means: 'platform.session_lost' },
  { code: 2650, subcode: sessionFinished, means: 'platform.session_lost' },
  {
    code: 2650,
    subcode: 1_870_144,
    means: 'platform.audience_unusable',
    remedy: 'An audience of 100 million people or more cannot be exchanged: set the sync to mode "mirror".',
  },
  { code: 2650, means: 'platform.audience_unusable', remedy: review },
  {
    code: 100,
    subcode: 33,
    means: 'platform.not_found',
    // facebook/facebook-php-business-sdk#422: far more often a right is missing than the object.
    remedy:
      'It does not exist, or (more often) the token has no right on it: assign the ad account to the system user.',
  },
  { code: 10, means: 'platform.permission_missing', remedy: 'Grant ads_management to the system user.' },
  {
    code: [200, 299],
    means: 'platform.permission_missing',
    remedy: 'Grant ads_management to the system user.',
  },
  {
    code: 368,
    means: 'platform.permission_missing',
    remedy: 'Meta blocked the account or app over its policies.',
  },
  {
    code: 2635,
    means: 'platform.invalid_request',
    remedy: 'Raise api_version: Meta no longer serves this one.',
  },
  { code: 2656, means: 'platform.audience_unusable', remedy: 'Lookalike audiences depend on this audience.' },
  { code: 506, means: 'platform.invalid_request' },
  { code: 100, means: 'platform.invalid_request' },
  { code: 1, means: 'platform.transient' },
  { code: 2, means: 'platform.transient' },
]
