/**
 * Names of the tables and columns that rules are compiled to. The warehouse hands it in; the compiler quotes each name by the
 * dialect. Fixed columns: `profile_id` in profile, event, membership and record_trait; `name`, `time`, `message_id` in event;
 * `segment`, `exited_at` in membership; `record_id` and `deleted` in record_trait; `record_id`, `kind`, `value` in record_identifier;
 * `sync`, `held` in delivery, which tells what the platforms hold.
 */
export interface Catalogue {
  readonly profile: string
  readonly event: string
  readonly membership: string
  readonly delivery: string
  readonly recordTrait: string
  readonly recordIdentifier: string
  traitColumn(trait: string): string
  consentColumn(purpose: string, channel: string): string
  propertyColumn(property: string): string
}
