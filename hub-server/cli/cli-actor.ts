import { userInfo } from 'node:os'

/** Who sits at the keyboard, for the audit log. */
export function cliActor(): string {
  return `cli:${userInfo().username}`
}
