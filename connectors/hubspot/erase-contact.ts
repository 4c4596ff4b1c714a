import { z } from 'zod'
import type { ErasureOutcome, PersonToErase } from '../../core/connector/connector.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import { callHubspot } from './account.ts'
import { contactsPath } from './client.ts'
import type { HubspotContext } from './config.ts'
import { findByEmail, findPresentIds } from './destinations/find-contacts.ts'

/**
 * Erases a person by HubSpot's GDPR delete. Always by contact id: an unknown e-mail address handed to it would be put on a block
 * list and could never be added again.
 */
export async function eraseContact(context: HubspotContext, person: PersonToErase): Promise<ErasureOutcome> {
  const signal = new AbortController().signal
  const keys = person.keys.filter((key) => /^\d+$/.test(key))
  const emails = person.sent.flatMap(({ email }) =>
    typeof email === 'string' && email.includes('@') ? [email.trim().toLowerCase()] : [],
  )
  const byKey = await findPresentIds(context, keys, signal)
  const byEmail = await findByEmail(context, emails, signal)
  const ids = new Set([...keys.flatMap((key) => byKey.get(key) ?? []), ...byEmail.values()])
  let erased = 0
  for (const id of ids) if (await eraseOne(context, id)) erased += 1
  return erased === 0
    ? { status: 'not_found', message: 'HubSpot has no such contact.' }
    : { status: 'erased', message: `${erased} contact(s) handed to GDPR delete; HubSpot may take 30 days.` }
}

async function eraseOne(context: HubspotContext, id: string): Promise<boolean> {
  try {
    await callHubspot(context, {
      act: 'erasing a contact',
      method: 'POST',
      path: `${contactsPath}/gdpr-delete`,
      body: { objectId: id },
      answer: z.literal(''),
      repeatable: true,
    })
    return true
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'platform.not_found') return false
    throw error
  }
}
