import { z } from 'zod'
import { profileSchemaShape, type ProfileSchema } from '../../../core/profile/profile-schema.ts'

/** A profile schema with a trait of every type, two identifiers, two events and one consent. */
export const aRuleSchema: ProfileSchema = z.strictObject(profileSchemaShape).parse({
  traits: {
    country: { type: 'text' },
    score: { type: 'number' },
    vip: { type: 'boolean' },
    birthday: { type: 'date' },
    signup: { type: 'datetime' },
    tags: { type: 'list' },
  },
  identifiers: { email: { form: 'email' }, phone: { form: 'phone' } },
  events: {
    purchase: { properties: { amount: 'number', shop: 'text', gift: 'boolean', due: 'datetime' } },
    open: { properties: {} },
  },
  consents: { ads: { channels: ['email', 'sms'] } },
  default_country: 'FR',
})
