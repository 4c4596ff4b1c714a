import { z } from 'zod'
import { defineAction } from '../../../core/connector/action.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { toAudienceMember } from '../audience-member.ts'
import { callDataManager, type GoogleAdsContext } from '../data-manager.ts'
import { assertTermsAccepted } from '../destinations/prepare-rows.ts'
import { toIngestBody } from '../member-request.ts'
import { listIdOf } from '../user-list.ts'
import { audienceId } from './audience-id.ts'

const input = z.strictObject({ audience_id: audienceId })

/** Nobody: the domain is reserved (RFC 2606). */
const nobody = { fields: { email: 'nobody@example.com' } }

/**
 * A dry run of an upload: Google checks access, terms, the list and the form of the request, and adds nobody. The id that it answers
 * cannot be looked up (trap 12), so none is given out.
 */
export const validateUpload = defineAction({
  name: 'validate_upload',
  description: 'Asks Google whether people could be added to a list, without adding anybody.',
  effect: 'reads',
  input,
  run: runValidate,
})

async function runValidate(context: GoogleAdsContext, given: z.output<typeof input>): Promise<JsonObject> {
  const act = 'validating an upload'
  assertTermsAccepted(context, act)
  const lists = [listIdOf(context.config, given.audience_id, act)]
  const members = [toAudienceMember(nobody, context.config)]
  await callDataManager(context, {
    act,
    method: 'POST',
    path: 'audienceMembers:ingest',
    body: toIngestBody(context.config, { lists, members, validateOnly: true }),
    answer: z.object({ requestId: z.string() }),
  })
  return { audience_id: given.audience_id, valid: true }
}
