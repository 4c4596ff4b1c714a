import { z } from 'zod'
import { secret } from '../../core/connector/secret.ts'

/**
 * What a manifest says about one connection. Keys are snake_case nouns with their unit; each has a description, because the JSON
 * Schema, the completion in editors and the reference are made of it. `strictObject`: an unknown key is an error.
 */
export const exampleConfig = z.strictObject({
  account: z
    .string()
    .min(1)
    .default('default')
    .meta({ description: 'Account on the in-memory platform; each account starts with the same 25 people.' }),
  token: secret('Access token of the account. The in-memory platform asks for none.').optional(),
  lists_file: z
    .string()
    .regex(/^(?!.*\.\.)[\w-][\w./-]*\.json$/)
    .optional()
    .meta({
      description:
        'File in the workspace that keeps the lists between runs. Without it they end with the process.',
    }),
  page_size: z.int().min(1).max(100).default(100).meta({ description: 'People read per request.' }),
})

export type ExampleConfig = z.output<typeof exampleConfig>
