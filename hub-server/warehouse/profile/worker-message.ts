import { z } from 'zod'
import { mappingManifest } from '../../../core/manifest/mapping.ts'
import { profileSchemaShape } from '../../../core/profile/profile-schema.ts'

const { identifiers, traits, consents, events } = mappingManifest.shape

/** The plans as they arrive in a worker thread: structured clones have lost their types. */
export const streamPlans = z.array(
  z.object({
    connection: z.string(),
    stream: z.string(),
    mapping: z.object({ identifiers, traits, consents, events }),
    schema: z.object(profileSchemaShape),
    tellsPeople: z.boolean(),
    digest: z.string(),
  }),
)
