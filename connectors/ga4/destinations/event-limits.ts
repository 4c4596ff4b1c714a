/**
 * What the Measurement Protocol takes. It answers 204 to everything, so each limit is checked before sending.
 * https://developers.google.com/analytics/devguides/collection/protocol/ga4/sending-events (limitations) and
 * …/protocol/ga4/reference (reserved names).
 */
export const eventLimits = {
  userProperties: 25,
  userPropertyName: 24,
  userPropertyValue: 36,
  eventName: 40,
  parameterValue: 100,
  bodyBytes: 130_000,
  backDatingMs: 72 * 3_600_000,
} as const

const reservedEvents: ReadonlySet<string> = new Set([
  'ad_activeview',
  'ad_click',
  'ad_exposure',
  'ad_impression',
  'ad_query',
  'ad_reward',
  'adunit_exposure',
  'app_background',
  'app_clear_data',
  'app_exception',
  'app_install',
  'app_remove',
  'app_store_refund',
  'app_store_subscription_cancel',
  'app_store_subscription_convert',
  'app_store_subscription_renew',
  'app_update',
  'app_upgrade',
  'dynamic_link_app_open',
  'dynamic_link_app_update',
  'dynamic_link_first_open',
  'error',
  'firebase_campaign',
  'firebase_in_app_message_action',
  'firebase_in_app_message_dismiss',
  'firebase_in_app_message_impression',
  'first_open',
  'first_visit',
  'in_app_purchase',
  'notification_dismiss',
  'notification_foreground',
  'notification_open',
  'notification_receive',
  'notification_send',
  'os_update',
  'screen_view',
  'session_start',
  'user_engagement',
])

const reservedUserProperties: ReadonlySet<string> = new Set([
  'first_open_time',
  'first_open_after_install',
  'first_visit_time',
  'last_deep_link_referrer',
  'user_id',
])

const reservedPrefix = /^(?:google_|ga_|firebase_|gtag\.|_)/i

/** True for a name that an event may have. */
export function isEventName(name: string): boolean {
  return isName(name, eventLimits.eventName) && !reservedEvents.has(name)
}

/** True for a name that a user property may have. */
export function isUserPropertyName(name: string): boolean {
  return isName(name, eventLimits.userPropertyName) && !reservedUserProperties.has(name)
}

function isName(name: string, longest: number): boolean {
  return /^[a-zA-Z]\w*$/.test(name) && name.length <= longest && !reservedPrefix.test(name)
}
