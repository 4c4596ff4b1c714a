/** Kinds of records, as the API's paths name them. */
type RecordType = 'contacts' | 'companies' | 'deals'

/** A property definition as the properties API shows it. */
export interface PropertyDefinition {
  readonly name: string
  readonly label: string
  readonly type: string
  readonly fieldType: string
  readonly groupName: string
  readonly hasUniqueValue: boolean
  /** Internal values of an enumeration; without them any value is taken. */
  readonly options?: readonly { readonly label: string; readonly value: string }[]
}

/** Properties of every kind of record. */
const common: Readonly<Record<string, string>> = {
  createdate: 'datetime',
  hs_merged_object_ids: 'string',
  hs_object_id: 'number',
}

/** Standard contact properties that the sandbox knows. The type decides how search compares values. */
const ofContacts: Readonly<Record<string, string>> = {
  ...common,
  address: 'string',
  city: 'string',
  company: 'string',
  country: 'string',
  date_of_birth: 'string',
  email: 'string',
  firstname: 'string',
  hs_additional_emails: 'string',
  hs_email_last_click_date: 'datetime',
  hs_email_last_open_date: 'datetime',
  hs_email_optout: 'bool',
  hs_language: 'enumeration',
  hs_lead_status: 'enumeration',
  jobtitle: 'string',
  lastmodifieddate: 'datetime',
  lastname: 'string',
  lifecyclestage: 'enumeration',
  mobilephone: 'string',
  phone: 'string',
  state: 'string',
  website: 'string',
  zip: 'string',
}

/** Every object but the contact has `hs_lastmodifieddate` (chapter 1.3). */
const standard: Readonly<Record<RecordType, Readonly<Record<string, string>>>> = {
  contacts: ofContacts,
  companies: {
    ...common,
    hs_lastmodifieddate: 'datetime',
    name: 'string',
    domain: 'string',
    industry: 'enumeration',
    city: 'string',
    numberofemployees: 'number',
  },
  deals: {
    ...common,
    hs_lastmodifieddate: 'datetime',
    dealname: 'string',
    dealstage: 'enumeration',
    pipeline: 'enumeration',
    amount: 'number',
    closedate: 'datetime',
  },
}

/** Properties that HubSpot fills by itself: a write that names one is refused. */
export const readOnlyProperties: ReadonlySet<string> = new Set([
  'createdate',
  'hs_additional_emails',
  'hs_merged_object_ids',
  'hs_lastmodifieddate',
  'hs_object_id',
  'lastmodifieddate',
])

/** What a contact read without `properties` shows (chapter 1.3: firstname, lastname, email plus timestamps). */
export const defaultProperties: readonly string[] = [
  'createdate',
  'email',
  'firstname',
  'hs_object_id',
  'lastmodifieddate',
  'lastname',
]

/** The property definitions of a new account. */
export function standardProperties(type: RecordType): Map<string, PropertyDefinition> {
  return new Map(
    Object.entries(standard[type]).map(([name, type]) => [
      name,
      textProperty(name, { type, groupName: 'contactinformation' }),
    ]),
  )
}

/** A plain text property, unless told otherwise. */
export function textProperty(name: string, more: Partial<PropertyDefinition> = {}): PropertyDefinition {
  return {
    name,
    label: name,
    type: 'string',
    fieldType: 'text',
    groupName: 'contactinformation',
    hasUniqueValue: name === 'email',
    ...more,
  }
}
