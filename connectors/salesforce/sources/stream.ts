import { individualRemedy } from '../individual.ts'

/** What distinguishes one stream of Salesforce from another. */
export interface Stream {
  readonly name: string
  readonly object: string
  readonly description: string
  /** Losers of a merge are deleted rows that point to their survivor (`MasterRecordId`). */
  readonly merges: boolean
  /** Converted leads are read-only and point to their contact. */
  readonly converts: boolean
  /** A consent for one type of contact point: only rows of this type stand. */
  readonly contactPoint?: 'Email' | 'Phone'
  /** What an admin does when the org lacks the object. Default: grant access to it. */
  readonly remedy?: string
}

const plain = { merges: false, converts: false }

const consentStream = (name: string, contactPoint: 'Email' | 'Phone', means: string): Stream => ({
  name,
  object: 'ContactPointTypeConsent',
  description: `Consents for ${means} by purpose (PartyId: Individual), where the org keeps them.`,
  ...plain,
  contactPoint,
  remedy: individualRemedy,
})

/** The streams of a connection. */
export const streams: readonly Stream[] = [
  {
    name: 'contacts',
    object: 'Contact',
    description: 'Contacts, with deletions and merges. Persons of Person Accounts are contacts too.',
    merges: true,
    converts: false,
  },
  {
    name: 'leads',
    object: 'Lead',
    description: 'Leads, with deletions, merges and conversions to contacts.',
    merges: true,
    converts: true,
  },
  {
    name: 'accounts',
    object: 'Account',
    description:
      'Accounts. In orgs with Person Accounts also people: IsPersonAccount, PersonEmail and the like.',
    merges: true,
    converts: false,
  },
  { name: 'opportunities', object: 'Opportunity', description: 'Opportunities, with deletions.', ...plain },
  { name: 'campaigns', object: 'Campaign', description: 'Campaigns, with deletions.', ...plain },
  {
    name: 'campaign_members',
    object: 'CampaignMember',
    description: 'Members of campaigns: contact or lead, status, response.',
    ...plain,
  },
  {
    name: 'tasks',
    object: 'Task',
    description: 'Tasks, calls and logged e-mails (WhoId: contact or lead).',
    ...plain,
  },
  {
    name: 'individuals',
    object: 'Individual',
    description:
      'Privacy preferences of people (IndividualId of contacts and leads), where the org keeps them.',
    merges: true,
    converts: false,
    remedy: individualRemedy,
  },
  consentStream('email_consents', 'Email', 'e-mail'),
  consentStream('phone_consents', 'Phone', 'the phone'),
]

/** Fields that the reading itself needs, beside those that are mapped. */
export function ownFields(stream: Stream): readonly string[] {
  return [
    'Id',
    'SystemModstamp',
    'IsDeleted',
    ...(stream.merges ? ['MasterRecordId'] : []),
    ...(stream.contactPoint ? consentFields : []),
    ...(stream.converts ? ['IsConverted', 'ConvertedContactId', ...optOutFields] : []),
  ]
}

/** Opt-outs of an Individual, which is a person behind contacts, leads and accounts (2.7). */
export const individualOptOuts = [
  'HasOptedOutProcessing',
  'HasOptedOutProfiling',
  'HasOptedOutSolicit',
  'HasOptedOutTracking',
  'HasOptedOutGeoTracking',
  'ShouldForget',
] as const

/** What tells whether a consent stands. */
export const consentFields = [
  'ContactPointType',
  'PrivacyConsentStatus',
  'EffectiveFrom',
  'EffectiveTo',
] as const

/** Opt-outs of leads and contacts; hidden from some users by field-level security. */
export const optOutFields = ['HasOptedOutOfEmail', 'HasOptedOutOfFax', 'DoNotCall'] as const
