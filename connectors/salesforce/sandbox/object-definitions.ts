import type { ObjectName } from './record-id.ts'

/** A field as `describe` tells it. */
export interface FieldDefinition {
  readonly name: string
  readonly type: string
  readonly length: number
  readonly nillable: boolean
  readonly createable: boolean
  readonly updateable: boolean
  readonly externalId: boolean
  readonly unique: boolean
  readonly idLookup: boolean
  readonly calculated: boolean
  readonly relationshipName: string | null
  readonly restrictedPicklist: boolean
  readonly picklistValues: readonly { readonly value: string; readonly active: boolean }[]
}

/** Makes a field: text of 255 characters unless said otherwise. */
function field(name: string, more: Partial<FieldDefinition> = {}): FieldDefinition {
  return {
    name,
    type: 'string',
    length: 255,
    nillable: true,
    createable: true,
    updateable: true,
    externalId: false,
    unique: false,
    idLookup: false,
    calculated: false,
    relationshipName: null,
    restrictedPicklist: false,
    picklistValues: [],
    ...more,
  }
}

const readOnly = { createable: false, updateable: false }
const system = [
  field('Id', { type: 'id', length: 18, nillable: false, idLookup: true, ...readOnly }),
  field('IsDeleted', { type: 'boolean', length: 0, nillable: false, ...readOnly }),
  field('CreatedDate', { type: 'datetime', length: 0, nillable: false, ...readOnly }),
  field('LastModifiedDate', { type: 'datetime', length: 0, nillable: false, ...readOnly }),
  field('SystemModstamp', { type: 'datetime', length: 0, nillable: false, ...readOnly }),
]
const texts = (...names: string[]): FieldDefinition[] => names.map((name) => field(name))
const flags = (...names: string[]): FieldDefinition[] =>
  names.map((name) => field(name, { type: 'boolean', length: 0, nillable: false }))
const link = (name: string, relationshipName: string, more: Partial<FieldDefinition> = {}): FieldDefinition =>
  field(name, { type: 'reference', length: 18, relationshipName, ...more })
const amount = (name: string): FieldDefinition => field(name, { type: 'currency', length: 0 })

const person = [
  field('LastName', { length: 80, nillable: false }),
  field('FirstName', { length: 40 }),
  field('Email', { type: 'email', length: 80, idLookup: true }),
  field('Phone', { type: 'phone', length: 40 }),
  field('MobilePhone', { type: 'phone', length: 40 }),
  field('Title', { length: 128 }),
  ...flags('HasOptedOutOfEmail', 'HasOptedOutOfFax', 'DoNotCall'),
  link('MasterRecordId', 'MasterRecord', readOnly),
  link('IndividualId', 'Individual'),
  field('Score__c', { type: 'double', length: 0 }),
]

/** Fields by object, in an org as it comes. */
export const standardFields: Readonly<Record<ObjectName, readonly FieldDefinition[]>> = {
  Contact: [
    ...system,
    ...person,
    link('AccountId', 'Account'),
    ...texts('MailingCity', 'MailingCountry', 'EmailBouncedReason'),
    field('MailingAddress', { type: 'address', length: 0, ...readOnly }),
  ],
  Lead: [
    ...system,
    ...person,
    field('Company', { nillable: false }),
    field('Status', { type: 'picklist' }),
    ...texts('City', 'Country'),
    field('IsConverted', { type: 'boolean', length: 0, nillable: false, ...readOnly }),
    link('ConvertedContactId', 'ConvertedContact', readOnly),
    link('ConvertedAccountId', 'ConvertedAccount', readOnly),
  ],
  Account: [
    ...system,
    field('Name', { nillable: false }),
    ...texts('Industry', 'Website'),
    link('MasterRecordId', 'MasterRecord', readOnly),
  ],
  Opportunity: [
    ...system,
    ...texts('Name', 'StageName'),
    amount('Amount'),
    field('CloseDate', { type: 'date', length: 0 }),
    ...flags('IsClosed', 'IsWon'),
    link('AccountId', 'Account'),
    link('CampaignId', 'Campaign'),
  ],
  Campaign: [
    ...system,
    field('Name', { length: 80, nillable: false }),
    field('Type', { type: 'picklist', length: 40 }),
    field('Status', { type: 'picklist' }),
    ...flags('IsActive'),
  ],
  CampaignMember: [
    ...system,
    link('CampaignId', 'Campaign', { nillable: false }),
    link('ContactId', 'Contact'),
    link('LeadId', 'Lead'),
    field('Status', { type: 'picklist' }),
    ...flags('HasResponded'),
  ],
  Task: [...system, ...texts('Subject', 'TaskSubtype', 'Status'), link('WhoId', 'Who')],
  Individual: [
    ...system,
    field('LastName', { nillable: false }),
    link('MasterRecordId', 'MasterRecord', readOnly),
    ...flags('HasOptedOutProcessing', 'HasOptedOutProfiling', 'HasOptedOutSolicit', 'HasOptedOutTracking'),
    ...flags('HasOptedOutGeoTracking', 'ShouldForget', 'SendIndividualData', 'CanStorePiiElsewhere'),
  ],
  ContactPointTypeConsent: [
    ...system,
    field('Name', { nillable: false }),
    link('PartyId', 'Party', { nillable: false }),
    field('ContactPointType', { type: 'picklist', nillable: false }),
    field('PrivacyConsentStatus', { type: 'picklist', nillable: false }),
    ...['EffectiveFrom', 'EffectiveTo', 'CaptureDate'].map((name) =>
      field(name, { type: 'datetime', length: 0 }),
    ),
    link('DataUsePurposeId', 'DataUsePurpose'),
  ],
}

/** Our external id: Text(64), external id, unique, not case-sensitive (2.4). */
export const externalIdField = (name: string): FieldDefinition =>
  field(name, { length: 64, externalId: true, unique: true, idLookup: true })

/** What Person Accounts add (2.3). */
export const personAccountFields: Readonly<Partial<Record<ObjectName, readonly FieldDefinition[]>>> = {
  Contact: [field('IsPersonAccount', { type: 'boolean', length: 0, ...readOnly })],
  Account: [
    field('IsPersonAccount', { type: 'boolean', length: 0, ...readOnly }),
    link('PersonContactId', 'PersonContact', readOnly),
    ...texts('FirstName', 'LastName', 'Phone', 'PersonTitle', 'PersonMobilePhone'),
    field('PersonEmail', { type: 'email', length: 80 }),
    ...flags('PersonHasOptedOutOfEmail', 'PersonDoNotCall'),
  ],
}
