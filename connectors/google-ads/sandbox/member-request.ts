import { z } from 'zod'

/** Bodies of the upload methods, as `ingestion_service.proto` has them; unknown names are refused, as Google does. */
const account = z.strictObject({ accountType: z.literal('GOOGLE_ADS'), accountId: z.string() })

const destination = z.strictObject({
  reference: z.string().optional(),
  operatingAccount: account,
  loginAccount: account.optional(),
  productDestinationId: z.string(),
})

const consentStatus = z.enum(['CONSENT_STATUS_UNSPECIFIED', 'CONSENT_GRANTED', 'CONSENT_DENIED'])
const consent = z.strictObject({
  adUserData: consentStatus.optional(),
  adPersonalization: consentStatus.optional(),
})
export type Consent = z.output<typeof consent>

const address = z.strictObject({
  givenName: z.string().default(''),
  familyName: z.string().default(''),
  regionCode: z.string().default(''),
  postalCode: z.string().default(''),
})

const identifier = z.strictObject({
  emailAddress: z.string().optional(),
  phoneNumber: z.string().optional(),
  address: address.optional(),
})
export type Identifier = z.output<typeof identifier>

const member = z.strictObject({
  destinationReferences: z.array(z.string()).optional(),
  consent: consent.optional(),
  userData: z.strictObject({ userIdentifiers: z.array(identifier).default([]) }).optional(),
  mobileData: z.strictObject({ mobileIds: z.array(z.string()) }).optional(),
  userIdData: z.strictObject({ userId: z.string() }).optional(),
})
export type Member = z.output<typeof member>

const upload = z.strictObject({
  destinations: z.array(destination).default([]),
  audienceMembers: z.array(member).default([]),
  encoding: z.enum(['HEX', 'BASE64']).optional(),
  validateOnly: z.boolean().default(false),
})

export const removeRequest = upload
export const ingestRequest = upload.extend({
  consent: consent.optional(),
  termsOfService: z
    .strictObject({ customerMatchTermsOfServiceStatus: z.enum(['ACCEPTED', 'REJECTED']).optional() })
    .optional(),
})
export const removeAllRequest = z.strictObject({
  destinations: z.array(destination).default([]),
  removeAsOfTime: z.iso.datetime({ offset: true }).optional(),
  validateOnly: z.boolean().default(false),
})

export type Destination = z.output<typeof destination>
export type Upload = z.output<typeof ingestRequest>
