import { AffluentError } from '../../core/errors/affluent-error.ts'
import { endOwnKey } from '../access/api-key-book.ts'
import type { UserPrincipal } from '../access/principal.ts'
import { toReturnPath } from '../access/return-path.ts'
import type { FormReader } from './read-form.ts'
import { findVisitor, readOwnForm, type Handle, type SessionPorts, type Visit } from './session-visit.ts'

/** Where the buttons stand. */
const account = toReturnPath(undefined)

/** The buttons of the own account that end something. */
export function endingHandlers(ports: SessionPorts, readForm: FormReader): Record<string, Handle> {
  /** Carries out what a button asks for, after a proof where one is needed, and shows the page anew. */
  async function press(visit: Visit, act: (principal: UserPrincipal) => Promise<void>): Promise<void> {
    const cookie = ports.cookies.session.read(visit.request.headers.cookie)
    await readOwnForm(ports, visit, { readForm, cookie })
    const principal = await findVisitor(ports, visit)
    if (!principal) return
    try {
      await act(principal)
    } catch (error) {
      if (!(error instanceof AffluentError) || error.code !== 'access.proof_needed') throw error
      const query = new URLSearchParams({ return_to: account })
      return visit.response.redirect(303, `/prove?${query.toString()}`)
    }
    visit.response.redirect(303, account)
  }
  return {
    async 'POST /account/sessions/{id}/end'(visit) {
      await press(visit, (principal) => ports.sessions.endOther(principal, idOf(visit)))
    },
    async 'POST /account/keys/{id}/end'(visit) {
      await press(visit, (principal) => endOwnKey(ports, principal, idOf(visit)))
    },
  }
}

const idOf = ({ request }: Visit): string => String(request.params['id'])
