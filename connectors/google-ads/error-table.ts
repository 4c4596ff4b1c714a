import type { PlatformErrorCode } from '../../core/errors/error-codes.ts'

/** What a reason of Google means to the hub, and what a person does about it. */
export interface ErrorRow {
  readonly means: PlatformErrorCode
  readonly remedy?: string
}

const accept =
  'A person with admin access accepts the Customer Match terms in Google Ads (Tools, Audience manager).'
const join =
  'Add the person or service account as a user of the Google Ads account, or give login_customer_id of the manager account.'
const request =
  'Google has not allowed this account to use the feature: ask its Google Ads representative. People are uploaded through the Data Manager API by everybody else: set upload_path to "data_manager".'
const reconnect = 'Authorise the connection again.'
const project = 'Ask for a higher access level of the Cloud project, or use an account that the level allows.'

const transient: ErrorRow = { means: 'platform.transient' }
const split: ErrorRow = { means: 'platform.request_too_large' }
const rows: ErrorRow = { means: 'platform.batch_refused' }
const invalid: ErrorRow = { means: 'platform.invalid_request' }
const listGone: ErrorRow = {
  means: 'platform.audience_unusable',
  remedy: 'The list is gone, or is of another kind. Choose another audience name, or restore the list.',
}
const noRight: ErrorRow = { means: 'platform.permission_missing', remedy: join }
const notAllowed: ErrorRow = { means: 'platform.permission_missing', remedy: request }
const terms: ErrorRow = { means: 'platform.terms_not_accepted', remedy: accept }

/** Reasons of the Data Manager API: chapter 2.4 of the platform notes and ErrorReason in `error.proto`. */
export const dataManagerTable: Readonly<Record<string, ErrorRow>> = {
  INTERNAL_ERROR: transient,
  DEADLINE_EXCEEDED: transient,
  RESOURCE_EXHAUSTED: { means: 'platform.rate_limited' },
  RATE_LIMIT_EXCEEDED: { means: 'platform.rate_limited' },
  TOO_MANY_AUDIENCE_MEMBERS: split,
  TOO_MANY_USER_IDENTIFIERS: split,
  TOO_MANY_DESTINATIONS: split,
  TOO_MANY_EVENTS: split,
  INVALID_SHA256_FORMAT: rows,
  INVALID_HEX_ENCODING: rows,
  INVALID_BASE64_ENCODING: rows,
  INVALID_POSTAL_CODE: rows,
  INVALID_REGION_CODE: rows,
  INVALID_MOBILE_ID_FORMAT: rows,
  INVALID_AUDIENCE_MEMBER: rows,
  NO_IDENTIFIERS_PROVIDED: rows,
  FIELD_VALUE_TOO_LONG: rows,
  PERMISSION_DENIED: noRight,
  OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH: noRight,
  NOT_ALLOWLISTED: notAllowed,
  ADVERTISER_NOT_ALLOWLISTED_FOR_UPLOADED_DATA: notAllowed,
  SERVICE_DISABLED: {
    means: 'platform.permission_missing',
    remedy: 'Enable the API (Data Manager API, Google Ads API) in the Cloud project.',
  },
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: {
    means: 'platform.permission_missing',
    remedy: 'Authorise again with the scopes datamanager and adwords.',
  },
  ACCESS_TOKEN_EXPIRED: { means: 'platform.auth_expired', remedy: reconnect },
  TERMS_AND_CONDITIONS_NOT_SIGNED: terms,
  ADVERTISER_TOS_NOT_ACCEPTED: terms,
  EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED: {
    means: 'platform.terms_not_accepted',
    remedy: 'Declare in Google Ads whether the account runs EU political advertising.',
  },
  NOT_FOUND: { means: 'platform.not_found' },
  INVALID_REQUEST_ID: { means: 'platform.not_found' },
  INVALID_USER_LIST_ID: listGone,
  INVALID_USER_LIST_TYPE: listGone,
  DISPLAY_NAME_ALREADY_USED: invalid,
  MEMBERSHIP_DURATION_TOO_LONG: invalid,
  IMMUTABLE_FIELD_FOR_UPDATE: invalid,
}

const reconnectRow: ErrorRow = { means: 'platform.auth_expired', remedy: reconnect }

/**
 * Errors of the Google Ads API: chapter 3.6, by "category.NAME", "category.*" or "*.NAME". `error_code` of a failure has one key, the
 * category.
 */
export const googleAdsTable: Readonly<Record<string, ErrorRow>> = {
  'internal_error.TRANSIENT_ERROR': transient,
  'internal_error.INTERNAL_ERROR': transient,
  'internal_error.DEADLINE_EXCEEDED': transient,
  // B46: comes with status 400, and passes by itself.
  'database_error.CONCURRENT_MODIFICATION': transient,
  'database_error.REQUEST_TOO_LARGE': split,
  'request_error.TOO_MANY_MUTATE_OPERATIONS': split,
  'quota_error.RESOURCE_TEMPORARILY_EXHAUSTED': { means: 'platform.rate_limited' },
  'quota_error.RESOURCE_EXHAUSTED': { means: 'platform.quota_exhausted', remedy: project },
  'quota_error.EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION': { means: 'platform.rate_limited' },
  'quota_error.EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION': {
    means: 'platform.quota_exhausted',
    remedy: 'Fetch fewer days at once: lower report_look_back_days.',
  },
  'quota_error.*': { means: 'platform.permission_missing', remedy: project },
  'authentication_error.NOT_ADS_USER': noRight,
  'authentication_error.CUSTOMER_NOT_FOUND': noRight,
  'authentication_error.*': reconnectRow,
  'authorization_error.CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION': {
    means: 'platform.permission_missing',
    remedy: project,
  },
  'authorization_error.DEVELOPER_TOKEN_PROHIBITED': { means: 'platform.permission_missing', remedy: project },
  'authorization_error.CUSTOMER_NOT_ENABLED': {
    means: 'platform.permission_missing',
    remedy:
      'The Google Ads account is not active, or not any more: finish its set-up or open it again in Google Ads.',
  },
  // Trap 8: the same error comes when access is through a manager that is not named.
  'authorization_error.*': noRight,
  'not_allowlisted_error.*': notAllowed,
  'user_data_error.OPERATIONS_FOR_CUSTOMER_MATCH_NOT_ALLOWED': notAllowed,
  // Chapter 3.2: the old upload path.
  'offline_user_data_job_error.INVALID_USER_LIST_ID': listGone,
  'offline_user_data_job_error.INVALID_USER_LIST_TYPE': listGone,
  'offline_user_data_job_error.INCOMPATIBLE_UPLOAD_KEY_TYPE': listGone,
  'offline_user_data_job_error.CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS': terms,
  'offline_user_data_job_error.TOO_MANY_USER_IDENTIFIERS': split,
  'offline_user_data_job_error.MISSING_USER_IDENTIFIER': rows,
  'offline_user_data_job_error.INVALID_SHA256_FORMAT': rows,
  'offline_user_data_job_error.INVALID_ENCODING': rows,
  'offline_user_data_job_error.INVALID_COUNTRY_CODE': rows,
  'user_list_error.ADVERTISER_NOT_ON_ALLOWLIST_FOR_USING_UPLOADED_DATA': notAllowed,
  'user_list_error.ADVERTISER_TOS_NOT_ACCEPTED': terms,
  'request_error.UNSUPPORTED_VERSION': {
    means: 'platform.invalid_request',
    remedy: 'This version of the Google Ads API has ended: update Affluent.',
  },
  'request_error.RESOURCE_NOT_FOUND': { means: 'platform.not_found' },
  'mutate_error.RESOURCE_NOT_FOUND': { means: 'platform.not_found' },
}
