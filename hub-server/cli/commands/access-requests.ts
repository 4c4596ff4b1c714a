import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { decideApproval, listApprovals, type ApprovalDocument } from '../../api/contract/approval.ts'
import { optionValue, type CommandAction, type CommandContext, type CommandInput } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import type { HubClient } from '../hub-client.ts'
import { readPages } from '../read-pages.ts'
import { shortDigest } from '../short-digest.ts'
import { showTable } from '../table.ts'
import { withClient } from '../with-client.ts'

/** What waits for a second person, and what became of the rest. */
export const accessRequests: CommandAction = (context) =>
  withClient(context, 'access', async (hub) => {
    const { terminal } = context
    const { t } = terminal.translator
    const requests = await readRequests(hub)
    terminal.document('approval_requests', { requests })
    if (requests.length === 0) {
      terminal.say(t('access.no_requests'))
      return exitCode.done
    }
    showTable(
      terminal,
      ['request', 'act', 'object', 'by', 'state'].map((column) => t(`access.columns.${column}`)),
      requests.map(({ id, kind, object, requestedBy, state }) => [
        id,
        t(`access.acts.${kind}`),
        object,
        requestedBy,
        t(`access.request_states.${state}`),
      ]),
    )
    return exitCode.done
  })

/** Approves what somebody else asked for, once its digest was typed. */
export const accessApprove: CommandAction = (context, input) =>
  withClient(context, 'access', async (hub) => {
    const { terminal } = context
    const { t } = terminal.translator
    const request = await findRequest(hub, input)
    const { kind, object, requestedBy, digest } = request
    terminal.note(t('access.asked', { act: t(`access.acts.${kind}`), object, by: requestedBy }))
    const shown = shortDigest(digest)
    const typed =
      optionValue(input, 'confirm') ?? (await terminal.ask(t('approve.question', { digest: shown }), ''))
    if (typed === '')
      throw new AffluentError('usage.confirmation_needed', {
        act: 'affluent access approve',
        flag: `--confirm ${shown}`,
      })
    const isWhatWasShown = typed.length >= shown.length && digest.startsWith(typed)
    return decide(context, hub, request, { approve: true, digest: isWhatWasShown ? digest : typed })
  })

/** Refuses what was asked for. */
export const accessRefuse: CommandAction = (context, input) =>
  withClient(context, 'access', async (hub) => {
    const request = await findRequest(hub, input)
    return decide(context, hub, request, { approve: false, digest: request.digest })
  })

const readRequests = (hub: HubClient): Promise<readonly ApprovalDocument[]> =>
  readPages(async (query) => {
    const { requests: entries, nextCursor } = await hub.ask(listApprovals, { query })
    return { entries, nextCursor }
  })

async function findRequest(hub: HubClient, input: CommandInput): Promise<ApprovalDocument> {
  const id = input.arguments['request'] ?? ''
  const requests = await readRequests(hub)
  const request = requests.find((waiting) => waiting.id === id && waiting.state === 'waiting')
  if (request) return request
  throw new AffluentError('usage.wrong', {
    act: 'affluent access',
    value: id.slice(0, 64),
    expected: 'affluent access requests',
  })
}

async function decide(
  { terminal }: CommandContext,
  hub: HubClient,
  { id }: ApprovalDocument,
  body: { readonly approve: boolean; readonly digest: string },
): Promise<number> {
  const request = await hub.ask(decideApproval, { params: { id }, body })
  terminal.document('approval_request', { ...request })
  const text = terminal.translator.t(body.approve ? 'access.approved' : 'access.refused', { id })
  terminal.say(`${terminal.style('green', '✔')} ${text}`)
  return exitCode.done
}
