import { z } from 'zod'
import { secret } from '../../core/connector/secret.ts'

/** "whsec_" and 24 to 64 bytes in base64: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const secretShape = /^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/

const endpoint = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).meta({ description: 'Address that messages are posted to.' }),
  secret: secret('Secret that messages are signed with: "whsec_" and 24 to 64 bytes in base64.').regex(
    secretShape,
  ),
  previous_secret: secret(
    'The secret before, while the receiver changes over: messages carry both signatures.',
  )
    .regex(secretShape)
    .optional(),
})
export type Endpoint = z.output<typeof endpoint>

export const webhooksConfig = z.strictObject({
  endpoints: z
    .record(z.string().regex(/^[a-z][a-z0-9-]{0,62}$/), endpoint)
    .refine((endpoints) => Object.keys(endpoints).length > 0)
    .meta({ description: 'Receivers by name; a sync names one of them as its audience.' }),
})

export type WebhooksConfig = z.output<typeof webhooksConfig>
