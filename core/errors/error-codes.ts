/**
 * Every error the hub can raise, in one table. A code answers "what does the engine do now, and who must act?".
 * The words shown to people, French and English, are in `hub-server/locales/<language>/errors.json` under the same code.
 *
 * - `reaction`: what the engine does. `stop` ends the run; `retry` tries the same call again with back-off; `wait` pauses the
 *   whole rate budget for `retryAfterMs`; `park` keeps the run with its checkpoint until `until`; `reconnect` marks the
 *   connection as needing a person; `bisect` splits the batch to find the records at fault; `reject` sets one record aside;
 *   `restart` begins the exchange of all members of an audience anew.
 * - `exit`: the command line's exit code; `http`: the API's status.
 */
export const errorCodes = {
  // Platform answers: the only errors a connector may throw.
  'platform.auth_expired': { reaction: 'reconnect', http: 502, exit: 4 },
  'platform.permission_missing': { reaction: 'stop', http: 502, exit: 4 },
  'platform.rate_limited': { reaction: 'wait', http: 503, exit: 75 },
  'platform.quota_exhausted': { reaction: 'park', http: 503, exit: 75 },
  'platform.transient': { reaction: 'retry', http: 503, exit: 1 },
  'platform.unreadable_answer': { reaction: 'retry', http: 502, exit: 1 },
  'platform.answer_too_large': { reaction: 'stop', http: 502, exit: 1 },
  'platform.timed_out': { reaction: 'retry', http: 504, exit: 1 },
  'platform.request_too_large': { reaction: 'bisect', http: 502, exit: 1 },
  'platform.invalid_request': { reaction: 'stop', http: 502, exit: 1 },
  'platform.batch_refused': { reaction: 'bisect', http: 502, exit: 3 },
  'platform.not_found': { reaction: 'stop', http: 502, exit: 1 },
  'platform.audience_unusable': { reaction: 'stop', http: 502, exit: 1 },
  'platform.terms_not_accepted': { reaction: 'stop', http: 502, exit: 4 },
  'platform.session_lost': { reaction: 'restart', http: 503, exit: 1 },
  'platform.account_changed': { reaction: 'reconnect', http: 502, exit: 4 },
  'platform.address_refused': { reaction: 'stop', http: 502, exit: 78 },
  // A connector that breaks its contract.
  'connector.outcome_count': { reaction: 'stop', http: 500, exit: 1 },
  'connector.unknown': { reaction: 'stop', http: 400, exit: 78 },
  'connector.cursor_repeated': { reaction: 'stop', http: 502, exit: 1 },
  'connector.capability_missing': { reaction: 'stop', http: 400, exit: 78 },
  // Manifests and configuration.
  'manifest.too_large': { reaction: 'stop', http: 413, exit: 78 },
  'manifest.too_deep': { reaction: 'stop', http: 400, exit: 78 },
  'manifest.not_json': { reaction: 'stop', http: 400, exit: 78 },
  'manifest.unreadable': { reaction: 'stop', http: 400, exit: 78 },
  'manifest.invalid_value': { reaction: 'stop', http: 400, exit: 78 },
  'manifest.missing_key': { reaction: 'stop', http: 400, exit: 78 },
  'manifest.unknown_key': { reaction: 'stop', http: 400, exit: 78 },
  'manifest.duplicate_key': { reaction: 'stop', http: 400, exit: 78 },
  'manifest.duplicate_name': { reaction: 'stop', http: 400, exit: 78 },
  'manifest.unknown_reference': { reaction: 'stop', http: 400, exit: 78 },
  'manifest.reference_unresolved': { reaction: 'stop', http: 400, exit: 78 },
  'manifest.reference_refused': { reaction: 'stop', http: 400, exit: 78 },
  'manifest.reference_not_whole': { reaction: 'stop', http: 400, exit: 78 },
  'manifest.plain_secret': { reaction: 'stop', http: 400, exit: 78 },
  'manifest.address_refused': { reaction: 'stop', http: 400, exit: 78 },
  'manifest.invalid': { reaction: 'stop', http: 400, exit: 78 },
  'manifest.none_found': { reaction: 'stop', http: 400, exit: 78 },
  // Segments.
  'segment.cycle': { reaction: 'stop', http: 400, exit: 78 },
  'segment.too_deep': { reaction: 'stop', http: 400, exit: 78 },
  'segment.too_many_nodes': { reaction: 'stop', http: 400, exit: 78 },
  'segment.unknown_name': { reaction: 'stop', http: 400, exit: 78 },
  'segment.wrong_type': { reaction: 'stop', http: 400, exit: 78 },
  'segment.text_invalid': { reaction: 'stop', http: 400, exit: 78 },
  'segment.impossible_window': { reaction: 'stop', http: 400, exit: 78 },
  'segment.not_evaluated': { reaction: 'stop', http: 409, exit: 1 },
  'segment.holdout_sent': { reaction: 'stop', http: 400, exit: 78 },
  'segment.split_reshuffled': { reaction: 'stop', http: 409, exit: 78 },
  'segment.pick_nameless': { reaction: 'stop', http: 409, exit: 1 },
  'segment.not_picked': { reaction: 'stop', http: 409, exit: 64 },
  'segment.too_slow': { reaction: 'stop', http: 503, exit: 1 },
  'segment.out_of_memory': { reaction: 'stop', http: 503, exit: 1 },
  'segment.rests_on_failed': { reaction: 'stop', http: 503, exit: 1 },
  // Computed traits and enrichments.
  'trait.cycle': { reaction: 'stop', http: 400, exit: 78 },
  'trait.wrong_type': { reaction: 'stop', http: 400, exit: 78 },
  'trait.asks_others': { reaction: 'stop', http: 400, exit: 78 },
  'trait.too_large': { reaction: 'stop', http: 400, exit: 78 },
  'trait.derived': { reaction: 'stop', http: 400, exit: 78 },
  'enrichment.duplicate_keys': { reaction: 'stop', http: 409, exit: 78 },
  'enrichment.unreadable_file': { reaction: 'stop', http: 400, exit: 78 },
  // Who is who.
  'identity.untrained': { reaction: 'stop', http: 400, exit: 78 },
  'identity.merges_everything': { reaction: 'stop', http: 400, exit: 78 },
  'identity.no_matching': { reaction: 'stop', http: 400, exit: 78 },
  'identity.not_matched': { reaction: 'stop', http: 409, exit: 78 },
  'identity.same_profile': { reaction: 'stop', http: 409, exit: 64 },
  'identity.choose_records': { reaction: 'stop', http: 400, exit: 64 },
  'identity.no_such_record': { reaction: 'stop', http: 404, exit: 64 },
  'identity.no_such_pair': { reaction: 'stop', http: 404, exit: 64 },
  // Records.
  'record.unreadable_row': { reaction: 'reject', http: 400, exit: 3 },
  'record.invalid_value': { reaction: 'reject', http: 400, exit: 3 },
  // Runs.
  'run.guard_tripped': { reaction: 'stop', http: 409, exit: 5 },
  'run.source_empty': { reaction: 'stop', http: 409, exit: 5 },
  'run.plan_changed': { reaction: 'stop', http: 409, exit: 5 },
  'run.sync_unknown': { reaction: 'stop', http: 404, exit: 64 },
  'run.not_applied': { reaction: 'stop', http: 409, exit: 78 },
  'run.profile_unknown': { reaction: 'stop', http: 404, exit: 1 },
  'run.overdue': { reaction: 'stop', http: 500, exit: 1 },
  'run.quota_low': { reaction: 'stop', http: 503, exit: 75 },
  'run.restored': { reaction: 'stop', http: 409, exit: 5 },
  'run.aborted': { reaction: 'stop', http: 503, exit: 130 },
  // Stores and process.
  'store.locked': { reaction: 'stop', http: 503, exit: 75 },
  'store.newer_schema': { reaction: 'stop', http: 500, exit: 1 },
  'store.disk_full': { reaction: 'stop', http: 503, exit: 1 },
  'store.space_low': { reaction: 'park', http: 503, exit: 75 },
  'store.unwritable': { reaction: 'stop', http: 503, exit: 1 },
  'store.damaged': { reaction: 'stop', http: 500, exit: 1 },
  'install.link_unusable': { reaction: 'stop', http: 404, exit: 1 },
  'install.return_refused': { reaction: 'stop', http: 400, exit: 1 },
  'install.declined': { reaction: 'stop', http: 403, exit: 4 },
  'install.not_by_browser': { reaction: 'stop', http: 409, exit: 1 },
  'install.hub_not_running': { reaction: 'stop', http: 409, exit: 1 },
  'secrets.key_unreadable': { reaction: 'stop', http: 500, exit: 78 },
  'secrets.key_unfit': { reaction: 'stop', http: 500, exit: 78 },
  'audit.checkpoints_unreadable': { reaction: 'stop', http: 400, exit: 64 },
  'backup.damaged': { reaction: 'stop', http: 500, exit: 1 },
  'backup.no_backup': { reaction: 'stop', http: 400, exit: 64 },
  'backup.key_needed': { reaction: 'stop', http: 409, exit: 78 },
  'audit.broken': { reaction: 'stop', http: 500, exit: 1 },
  'usage.wrong': { reaction: 'stop', http: 400, exit: 64 },
  'usage.confirmation_needed': { reaction: 'stop', http: 409, exit: 5 },
  'usage.file_exists': { reaction: 'stop', http: 409, exit: 64 },
  'usage.folder_not_empty': { reaction: 'stop', http: 409, exit: 64 },
  'usage.node_too_old': { reaction: 'stop', http: 500, exit: 1 },
  // Configuration, server and API.
  'config.invalid': { reaction: 'stop', http: 500, exit: 78 },
  'config.tls_unchecked': { reaction: 'stop', http: 500, exit: 78 },
  'server.address_in_use': { reaction: 'stop', http: 500, exit: 75 },
  'server.address_unusable': { reaction: 'stop', http: 500, exit: 1 },
  'api.route_unknown': { reaction: 'stop', http: 404, exit: 64 },
  'api.method_not_allowed': { reaction: 'stop', http: 405, exit: 64 },
  'api.invalid_request': { reaction: 'stop', http: 400, exit: 64 },
  'api.not_signed_in': { reaction: 'stop', http: 401, exit: 4 },
  'api.host_refused': { reaction: 'stop', http: 421, exit: 1 },
  'api.tls_needed': { reaction: 'stop', http: 403, exit: 1 },
  'api.body_too_large': { reaction: 'stop', http: 413, exit: 64 },
  'api.headers_too_large': { reaction: 'stop', http: 431, exit: 64 },
  'api.request_incomplete': { reaction: 'stop', http: 408, exit: 64 },
  'api.request_unreadable': { reaction: 'stop', http: 400, exit: 64 },
  'api.object_unknown': { reaction: 'stop', http: 404, exit: 64 },
  'api.webhook_refused': { reaction: 'stop', http: 401, exit: 4 },
  'api.webhook_unreadable': { reaction: 'stop', http: 400, exit: 64 },
  'api.overloaded': { reaction: 'wait', http: 503, exit: 75 },
  'api.not_allowed': { reaction: 'stop', http: 403, exit: 4 },
  'api.body_unreadable': { reaction: 'stop', http: 400, exit: 64 },
  'api.body_too_deep': { reaction: 'stop', http: 400, exit: 64 },
  'api.media_type': { reaction: 'stop', http: 415, exit: 64 },
  'api.idempotency_key_missing': { reaction: 'stop', http: 400, exit: 64 },
  'api.idempotency_key_reused': { reaction: 'stop', http: 422, exit: 64 },
  'api.idempotency_in_progress': { reaction: 'wait', http: 409, exit: 75 },
  'api.precondition_missing': { reaction: 'stop', http: 428, exit: 64 },
  'api.precondition_failed': { reaction: 'stop', http: 412, exit: 5 },
  'api.too_many_requests': { reaction: 'wait', http: 429, exit: 75 },
  'api.not_reached': { reaction: 'stop', http: 503, exit: 75 },
  'api.operation_lost': { reaction: 'stop', http: 503, exit: 1 },
  // People and access.
  'access.csrf_refused': { reaction: 'stop', http: 403, exit: 4 },
  'access.sign_in_refused': { reaction: 'stop', http: 401, exit: 4 },
  'access.link_unusable': { reaction: 'stop', http: 410, exit: 64 },
  'access.name_unusable': { reaction: 'stop', http: 409, exit: 64 },
  'access.password_weak': { reaction: 'stop', http: 400, exit: 64 },
  'access.last_admin': { reaction: 'stop', http: 409, exit: 64 },
  'access.proof_needed': { reaction: 'stop', http: 401, exit: 4 },
  'access.second_person_needed': { reaction: 'stop', http: 409, exit: 5 },
  'access.own_request': { reaction: 'stop', http: 403, exit: 4 },
  'access.identity_refused': { reaction: 'stop', http: 403, exit: 4 },
  'access.provider_unusable': { reaction: 'stop', http: 502, exit: 1 },
  // Events that clients send. Their libraries give a batch up on every status but 429 and 5xx.
  'intake.key_unknown': { reaction: 'stop', http: 401, exit: 4 },
  'intake.unreadable': { reaction: 'stop', http: 400, exit: 64 },
  'intake.overloaded': { reaction: 'wait', http: 429, exit: 75 },
  'intake.unavailable': { reaction: 'wait', http: 503, exit: 75 },
  'internal.unexpected': { reaction: 'stop', http: 500, exit: 1 },
} as const satisfies Record<string, ErrorRule>

export type Reaction = 'stop' | 'retry' | 'wait' | 'park' | 'reconnect' | 'bisect' | 'reject' | 'restart'

/** What one code means for the engine, the API and the command line. */
export interface ErrorRule {
  readonly reaction: Reaction
  readonly http: number
  readonly exit: number
}

export type ErrorCode = keyof typeof errorCodes

/** The codes a connector is allowed to throw. */
export type PlatformErrorCode = Extract<ErrorCode, `platform.${string}`>
