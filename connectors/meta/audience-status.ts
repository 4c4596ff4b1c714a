import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { Logger } from '../../core/port/logger.ts'

/** What Meta tells of the state of an audience, as far as it tells. */
export interface AudienceState {
  readonly operation_status?: { readonly code: number } | undefined
  readonly fields_violating_integrity_policy?: readonly string[] | undefined
  /** Epoch seconds; 0 or absent: it stays. */
  readonly delete_time?: number | undefined
}

/** States in which an audience takes nobody, and what an admin does about each (codes of `operation_status`). */
const closed: ReadonlyMap<number, { readonly said: string; readonly remedy: string }> = new Map([
  [
    470,
    {
      said: 'the person who made the audience is no longer active',
      remedy: 'Have an admin of the business make a new audience, and give its name to the sync.',
    },
  ],
  [
    471,
    {
      said: 'Meta restricts the audience for what it reveals about people',
      remedy: 'Open the audience in Ads Manager, and change what Meta flagged or ask for a review.',
    },
  ],
  [
    500,
    {
      said: 'Meta reports an error of the audience itself',
      remedy:
        'Open the audience in Ads Manager; if the error stays, make a new one and give its name to the sync.',
    },
  ],
])

/** States in which it works, of which somebody should know. */
const worrying: ReadonlyMap<number, string> = new Map([
  [100, 'expiring'],
  [400, 'warning'],
  [411, 'low_match_rate'],
  [412, 'many_invalid_rows'],
  [415, 'replace_failed'],
])

/** Throws `platform.audience_unusable` for an audience that takes nobody; logs what will become a trouble. */
export function checkAudienceState(
  state: AudienceState,
  { act, connection, logger }: { readonly act: string; readonly connection: string; readonly logger: Logger },
): void {
  const code = state.operation_status?.code ?? 200
  const why = closed.get(code)
  if (why) {
    const flagged = (state.fields_violating_integrity_policy ?? []).slice(0, 10).join(', ')
    const said = flagged === '' ? why.said : `${why.said}: ${flagged}`
    throw new PlatformError('platform.audience_unusable', { act, said, status: code, remedy: why.remedy })
  }
  const worry = worrying.get(code)
  if (worry === undefined) return
  const deletedAt = state.delete_time ?? 0
  logger.warn('meta_audience_status', {
    connection,
    status: worry,
    ...(deletedAt > 0 && { said: `Meta deletes it at ${new Date(deletedAt * 1000).toISOString()}` }),
  })
}
