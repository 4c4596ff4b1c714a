import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { OpenWorkspace } from '../hub.ts'

/** The profile id of whoever bears the name, gone people included. Throws `run.profile_unknown`. */
export async function findPerson({ rights }: OpenWorkspace, person: string, act: string): Promise<string> {
  const profileId = await rights.findPerson(person)
  if (profileId === undefined) throw new AffluentError('run.profile_unknown', { act })
  return profileId
}
