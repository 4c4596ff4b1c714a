import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { z } from 'zod'
import { toActor } from '../access/principal.ts'
import type { RouteContract } from '../api/contract/describe-route.ts'
import type { Caller, Route } from '../api/define-route.ts'
import type { Hub } from '../hub.ts'
import { findRoute } from '../routes/all-routes.ts'
import { openDesk } from '../routes/open-desk.ts'
import { duringRequest } from '../store/audit-request.ts'
import type { CommandContext } from './command.ts'
import type { HubClient } from './hub-client.ts'
import { toWireRequest } from './wire-request.ts'

/** A hub that was opened in this process: requests go to the handlers that the network reaches, and through the same contracts. */
export function createLocalHub(context: CommandContext, hub: Hub): HubClient {
  const { clock, logger, config, signal, terminal } = context
  const desk = openDesk(hub, { env: config.env, clock, logger })
  const principal = { kind: 'local', name: userInfo().username } as const
  const caller = (progress: Caller['progress'], ifMatch?: string): Caller => ({
    principal,
    actor: toActor(principal),
    requestId: randomUUID(),
    translator: terminal.translator,
    signal,
    ifMatch,
    progress,
  })
  const find = (contract: Pick<Route['contract'], 'name'>): Promise<Route> => findRoute(desk, contract.name)
  return {
    async ask(contract, asked = {}, onProgress = () => undefined) {
      const route = await find(contract)
      const request = toWireRequest(contract, asked)
      const own = caller(onProgress, asked.ifMatch)
      const answer = await duringRequest(own.requestId, () => route.answer(request, own))
      return readAnswer(contract, answer)
    },
    async *follow(contract, asked = {}) {
      const route = await find(contract)
      const items = route.follow(
        toWireRequest(contract, asked),
        caller(() => undefined),
      )
      for await (const item of items) yield readAnswer(contract, item)
    },
  }
}

/** Through text, as between two processes: what the contract does not keep gets through nowhere. */
function readAnswer<Answer>(
  { answer }: Pick<RouteContract<unknown, unknown, unknown, Answer>, 'answer'>,
  given: unknown,
): Answer {
  return z.parse(answer, JSON.parse(JSON.stringify(given)))
}
