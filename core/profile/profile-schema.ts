import { z } from 'zod'
import { expressionSchema } from '../computed/expression.ts'
import { fieldName, objectName } from '../manifest/name.ts'
import { imputationSchema } from '../quality/imputation.ts'

/** Types a trait or an event property can have. `date` is a calendar day, `datetime` an instant in UTC, `list` a list of texts. */
export const traitTypes = ['text', 'number', 'boolean', 'date', 'datetime', 'list'] as const
export type TraitType = (typeof traitTypes)[number]

/** How the values of an identifier kind are brought to one form before they are compared. */
const identifierForms = ['email', 'phone', 'exact'] as const
export type IdentifierForm = (typeof identifierForms)[number]

const traitDefinition = z.strictObject({
  type: z.enum(traitTypes).meta({ description: 'Type of the values.' }),
  description: z
    .string()
    .optional()
    .meta({ description: 'What the trait means, for the people who build segments.' }),
  computed: expressionSchema.optional().meta({
    description: 'How the trait is computed from events and other traits. No mapping can fill it.',
  }),
  enriched_by: objectName.optional().meta({
    description: 'The enrichment that joins the trait from an external table. No mapping can fill it.',
  }),
  imputed: imputationSchema.optional(),
})

const identifierDefinition = z.strictObject({
  form: z.enum(identifierForms).meta({
    description:
      'How values are normalised: "email", "phone" (to E.164) or "exact" (an id of a platform, kept as it is).',
  }),
  description: z.string().optional().meta({ description: 'What this identifier is.' }),
})

const eventDefinition = z.strictObject({
  description: z.string().optional().meta({ description: 'What happened when this event is seen.' }),
  properties: z
    .record(fieldName, z.enum(['text', 'number', 'boolean', 'datetime']))
    .default({})
    .meta({
      description: 'Properties that rules may use, with their types. One name has one type in all events.',
    }),
})

const consentDefinition = z.strictObject({
  channels: z
    .array(fieldName)
    .min(1)
    .meta({ description: 'Channels that consent is given for, such as "email" or "ads".' }),
  description: z
    .string()
    .optional()
    .meta({ description: 'What the purpose is, in the words people were shown.' }),
})

/** The common profile: which traits, identifiers, events and consents the hub knows, and which connection is trusted first. */
export const profileSchemaShape = {
  traits: z
    .record(fieldName, traitDefinition)
    .default({})
    .meta({ description: 'Typed attributes of a profile.' }),
  identifiers: z.record(fieldName, identifierDefinition).meta({
    description: 'Kinds of values that name a person. Two records that share one belong to the same person.',
  }),
  events: z
    .record(fieldName, eventDefinition)
    .default({})
    .meta({ description: 'Events that a profile can perform.' }),
  consents: z
    .record(fieldName, consentDefinition)
    .default({})
    .meta({ description: 'Purposes that need consent, with their channels.' }),
  source_priority: z
    .array(z.string())
    .default([])
    .meta({ description: 'Connections in order of trust: the first one that has a value for a trait wins.' }),
  default_country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional()
    .meta({
      description: 'ISO 3166-1 alpha-2 country assumed for national phone numbers without one, such as "FR".',
    }),
}

const profileSchema = z.strictObject(profileSchemaShape)
export type ProfileSchema = z.output<typeof profileSchema>
